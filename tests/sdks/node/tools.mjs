// Function calls: two at once, answered by polling and by streaming.

import assert from 'node:assert/strict';
import { every, textOf } from './sdk.mjs';

const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
export const TOOL = { type: 'function', function: { name: 'get_weather', parameters } };
export const REPLY = 'Paris has 21 degrees, Oslo 9.';
export const PARALLEL = {
  then: {
    tool_calls: ['Paris', 'Oslo'].map((city) => ({ function: 'get_weather', arguments: { city } })),
    on_outputs: { reply: REPLY },
  },
};

export function outputsFor(run) {
  return run.required_action.submit_tool_outputs.tool_calls.map((call) => ({
    tool_call_id: call.id,
    output: `weather in ${JSON.parse(call.function.arguments).city}`,
  }));
}

export async function parallelCalls(sdk) {
  await sdk.script(PARALLEL);
  const [assistant, thread] = [await sdk.assistant({ tools: [TOOL] }), await sdk.thread()];
  let run = await sdk.runs.createAndPoll(thread.id, { assistant_id: assistant.id });
  assert.equal(run.status, 'requires_action');
  const tool_outputs = outputsFor(run);
  assert.deepEqual(tool_outputs.map((one) => one.output), ['weather in Paris', 'weather in Oslo']);
  run = await sdk.submitAndPoll(thread.id, run.id, { tool_outputs });
  assert.deepEqual([run.status, run.required_action], ['completed', null]);
  assert.equal(textOf((await every(sdk.messages.list(thread.id)))[0]), REPLY);
  const [asked] = await every(sdk.steps(thread.id, run.id));
  const told = asked.step_details.tool_calls.map((call) => call.function.output);
  assert.deepEqual(told, ['weather in Paris', 'weather in Oslo']);
}

export async function outputsMustBeComplete(sdk) {
  await sdk.script(PARALLEL);
  const [assistant, thread] = [await sdk.assistant({ tools: [TOOL] }), await sdk.thread()];
  let run = await sdk.runs.createAndPoll(thread.id, { assistant_id: assistant.id });
  const tool_outputs = outputsFor(run);
  const part = { tool_outputs: tool_outputs.slice(0, 1) };
  const error = await sdk.refused('BadRequestError', () => sdk.submit(thread.id, run.id, part));
  const [first, second] = tool_outputs.map((one) => one.tool_call_id);
  const told = `Expected tool outputs for call_ids ['${first}', '${second}'], got ['${first}']`;
  assert.equal(error.error.message, told);
  run = await sdk.submit(thread.id, run.id, { tool_outputs });
  assert.equal(run.status, 'queued');
  assert.equal((await sdk.poll(thread.id, run.id)).status, 'completed');
}
