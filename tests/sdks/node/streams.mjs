// Streams read event by event, as `stream: true` gives them.

import assert from 'node:assert/strict';
import { every, textOf } from './sdk.mjs';
import { outputsFor, PARALLEL, REPLY, TOOL } from './tools.mjs';

const BEGINNING = ['thread.run.created', 'thread.run.queued', 'thread.run.in_progress'];
const STEP = ['thread.run.step.created', 'thread.run.step.in_progress'];
const ANSWER = [
  ...STEP,
  'thread.message.created',
  'thread.message.in_progress',
  'thread.message.delta',
  'thread.message.completed',
  'thread.run.step.completed',
  'thread.run.completed',
];

/** The names of events, a row of equal deltas as one. Some versions also hand the final `done` over. */
function names(events) {
  const found = events.map((event) => event.event).filter((name) => name !== 'done');
  return found.filter((name, i) => !name.endsWith('.delta') || found[i - 1] !== name);
}

function text(events) {
  const deltas = events.filter((event) => event.event === 'thread.message.delta');
  return deltas.flatMap((event) => event.data.delta.content.map((part) => part.text.value)).join('');
}

export async function rawCreate(sdk) {
  const reply = 'The capital of France is Paris. Grüße 🌍!';
  await sdk.script({ then: { reply } });
  const [assistant, thread] = [await sdk.assistant(), await sdk.thread()];
  const stream = await sdk.runs.create(thread.id, { assistant_id: assistant.id, stream: true });
  const events = await every(stream);
  assert.deepEqual(names(events), [...BEGINNING, ...ANSWER]);
  assert.equal(text(events), reply);
  assert.equal(textOf((await every(sdk.messages.list(thread.id)))[0]), reply);
}

export async function rawCreateAndRun(sdk) {
  const assistant = await sdk.assistant();
  const thread = { messages: [{ role: 'user', content: 'Hello' }] };
  const stream = await sdk.threads.createAndRun({ assistant_id: assistant.id, thread, stream: true });
  assert.deepEqual(names(await every(stream)), ['thread.created', ...BEGINNING, ...ANSWER]);
}

export async function rawSubmit(sdk) {
  await sdk.script(PARALLEL);
  const [assistant, thread] = [await sdk.assistant({ tools: [TOOL] }), await sdk.thread()];
  let events = await every(await sdk.runs.create(thread.id, { assistant_id: assistant.id, stream: true }));
  assert.deepEqual(names(events), [...BEGINNING, ...STEP, 'thread.run.step.delta', 'thread.run.requires_action']);
  const run = events.find((event) => event.event === 'thread.run.requires_action').data;
  const body = { tool_outputs: outputsFor(run), stream: true };
  events = await every(await sdk.submit(thread.id, run.id, body));
  const resumed = ['thread.run.step.completed', 'thread.run.queued', 'thread.run.in_progress'];
  assert.deepEqual(names(events), [...resumed, ...ANSWER]);
  assert.equal(text(events), REPLY);
}

/** Leaving a stream does not cancel its run. */
export async function streamLeftEarly(sdk) {
  const [assistant, thread] = [await sdk.assistant(), await sdk.thread()];
  let run;
  for await (const event of await sdk.runs.create(thread.id, { assistant_id: assistant.id, stream: true })) {
    run = event.data;
    break;
  }
  assert.equal((await sdk.poll(thread.id, run.id)).status, 'completed');
}
