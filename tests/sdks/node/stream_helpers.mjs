// The stream helper: its events, and its final objects compared with what polling shows.

import assert from 'node:assert/strict';
import { checkFinal, checkRun, withoutIndex } from './agreement.mjs';
import { every, ids, Skip, textOf } from './sdk.mjs';
import { outputsFor, PARALLEL, REPLY, TOOL } from './tools.mjs';

const LONG = 'The capital of France is Paris, and it has been so for a long time.';
const EVENTS = [
  'textCreated', 'textDelta', 'textDone', 'messageCreated', 'messageDelta', 'messageDone',
  'runStepCreated', 'runStepDelta', 'runStepDone', 'toolCallCreated', 'toolCallDelta', 'toolCallDone',
  'end',
];

/** Writes down what a helper tells. */
function noting(stream) {
  const notes = { names: [], events: [], deltas: [], snapshots: [], texts: [], calls: [], arguments: {} };
  for (const name of EVENTS) stream.on(name, () => notes.names.push(name));
  stream.on('event', (event) => notes.events.push(event.event));
  stream.on('textDelta', (delta, snapshot) => {
    notes.deltas.push(delta.value);
    notes.snapshots.push(snapshot.value);
  });
  stream.on('textDone', (text) => notes.texts.push(text.value));
  stream.on('toolCallDelta', (delta, snapshot) => {
    const piece = delta.function?.arguments ?? '';
    notes.arguments[snapshot.id] = (notes.arguments[snapshot.id] ?? '') + piece;
  });
  stream.on('toolCallDone', (call) => notes.calls.push(structuredClone(call)));
  return notes;
}

function checkText(notes, text) {
  assert.ok(notes.deltas.length > 1);
  assert.equal(notes.deltas.join(''), text);
  assert.equal(notes.snapshots.at(-1), text);
  assert.deepEqual(notes.texts, [text]);
  const heard = notes.names.filter((name) => name.startsWith('text'));
  assert.deepEqual(heard, ['textCreated', ...notes.deltas.map(() => 'textDelta'), 'textDone']);
  assert.equal(notes.names.at(-1), 'end');
}

export async function streamHelper(sdk) {
  await sdk.script({ then: { reply: LONG } });
  const [assistant, thread] = [await sdk.assistant(), await sdk.thread()];
  const stream = sdk.runs.stream(thread.id, { assistant_id: assistant.id });
  const notes = noting(stream);
  await checkFinal(sdk, stream);
  checkText(notes, LONG);
  for (const name of ['messageCreated', 'messageDone', 'runStepCreated', 'runStepDone']) {
    assert.equal(notes.names.filter((heard) => heard === name).length, 1, name);
  }
  assert.equal(notes.events[0], 'thread.run.created');
}

export async function streamHelperByIterating(sdk) {
  const [assistant, thread] = [await sdk.assistant(), await sdk.thread()];
  const events = await every(sdk.runs.stream(thread.id, { assistant_id: assistant.id }));
  const found = events.map((event) => event.event);
  assert.equal(found[0], 'thread.run.created');
  assert.ok(found.includes('thread.run.completed'));
}

export async function createAndStream(sdk) {
  const [assistant, thread] = [await sdk.assistant(), await sdk.thread()];
  await checkFinal(sdk, sdk.runs.createAndStream(thread.id, { assistant_id: assistant.id }));
}

export async function createAndRunStream(sdk) {
  await sdk.script({ then: { reply: LONG } });
  const assistant = await sdk.assistant();
  const thread = { messages: [{ role: 'user', content: 'Hello' }] };
  const stream = sdk.threads.createAndRunStream({ assistant_id: assistant.id, thread });
  const notes = noting(stream);
  await checkFinal(sdk, stream);
  assert.equal(notes.events[0], 'thread.created');
  checkText(notes, LONG);
}

export async function toolCallsStream(sdk) {
  await sdk.script(PARALLEL);
  const [assistant, thread] = [await sdk.assistant({ tools: [TOOL] }), await sdk.thread()];
  let stream = sdk.runs.stream(thread.id, { assistant_id: assistant.id });
  let notes = noting(stream);
  const run = await checkRun(sdk, stream);
  assert.equal(run.status, 'requires_action');
  const asked = run.required_action.submit_tool_outputs.tool_calls.map((call) => call.function.arguments);
  assert.deepEqual(Object.values(notes.arguments), asked);
  assert.equal(notes.names.filter((name) => name === 'toolCallCreated').length, 2);
  assert.equal(notes.calls[0].function.arguments, asked[0]);
  const steps = await stream.finalRunSteps();
  const polled = await every(sdk.steps(thread.id, run.id));
  assert.deepEqual(ids(steps), ids(polled));
  assert.deepEqual(withoutIndex(steps[0].step_details), polled[0].step_details);

  stream = sdk.submitStream(thread.id, run.id, { tool_outputs: outputsFor(run) });
  notes = noting(stream);
  await checkFinal(sdk, stream);
  checkText(notes, REPLY);
}

export async function codeInterpreterStream(sdk) {
  const input = 'for i in range(3):\n    print(i)';
  const code = { code_interpreter: { input, outputs: [{ logs: '0\n1\n2\n' }] } };
  await sdk.script({ then: { steps: [code, { reply: LONG }] } });
  const [assistant, thread] = [await sdk.assistant({ tools: [{ type: 'code_interpreter' }] }), await sdk.thread()];
  const stream = sdk.runs.stream(thread.id, { assistant_id: assistant.id });
  const notes = noting(stream);
  await checkFinal(sdk, stream);
  checkText(notes, LONG);
  assert.equal(notes.calls[0].code_interpreter.input, input);
}

export async function fileSearchStream(sdk) {
  const search = { file_search: { query: 'moon', results: [{ file: 'file-abc', score: 0.5, text: 'rock' }] } };
  await sdk.script({ then: { steps: [search, { reply: LONG }] } });
  const [assistant, thread] = [await sdk.assistant({ tools: [{ type: 'file_search' }] }), await sdk.thread()];
  const stream = sdk.runs.stream(thread.id, { assistant_id: assistant.id });
  await checkFinal(sdk, stream);
  const [searched] = await stream.finalRunSteps();
  assert.equal(searched.step_details.tool_calls[0].file_search.results[0].score, 0.5);
}

export async function citationsStream(sdk) {
  const mark = '【4:0†facts.txt】';
  const annotation = { type: 'file_citation', text: mark, file_citation: { file_id: 'file-abc' } };
  await sdk.script({ then: { reply: `The moon is rock${mark}.`, annotations: [annotation] } });
  const [assistant, thread] = [await sdk.assistant(), await sdk.thread()];
  const stream = sdk.runs.stream(thread.id, { assistant_id: assistant.id });
  await stream.finalRun();
  const [polled] = await every(sdk.messages.list(thread.id));
  const [message] = await stream.finalMessages();
  assert.equal(textOf(message), textOf(polled));
  assert.deepEqual(message.content[0].text.annotations.map((one) => one.text), [mark]);
}

export async function failedStream(sdk) {
  await sdk.script({ then: { reply: LONG, fail: { code: 'server_error', message: 'Sorry.' } } });
  assert.equal((await ended(sdk, 'failed')).last_error.message, 'Sorry.');
}

export async function incompleteStream(sdk) {
  if (sdk.major < 5) throw new Skip("this SDK's helper does not know the event thread.run.incomplete");
  await sdk.script({ then: { reply: LONG, incomplete: 'max_completion_tokens' } });
  assert.equal((await ended(sdk, 'incomplete')).incomplete_details.reason, 'max_completion_tokens');
}

export async function expiredStream(sdk) {
  await sdk.script({ then: { stall: 'in_progress' } });
  assert.equal((await ended(sdk, 'expired')).expires_at, null);
}

async function ended(sdk, status) {
  const [assistant, thread] = [await sdk.assistant(), await sdk.thread()];
  const stream = sdk.runs.stream(thread.id, { assistant_id: assistant.id });
  const run = await checkRun(sdk, stream);
  assert.equal(run.status, status);
  return run;
}
