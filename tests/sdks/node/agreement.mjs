// When what a stream helper ends up with agrees with what polling shows.
//
// Up to 7.5 it takes final messages from the event that begins them plus the deltas, so they are in progress
// for ever; 7.57 takes them from the events that end them. Final steps are the ended ones in every version.

import assert from 'node:assert/strict';
import { answers, every, ids } from './sdk.mjs';

/** Every field that polling shows, the stream shows alike; what streams show beside it does not matter. */
function checkFields(streamed, polled, without = []) {
  for (const name of Object.keys(polled).filter((key) => !without.includes(key))) {
    assert.deepEqual(streamed[name], polled[name], name);
  }
}

/** Without what deltas alone carry on record: the `index`, and in citations an empty `quote`. */
export function withoutIndex(value) {
  if (Array.isArray(value)) return value.map(withoutIndex);
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value).filter(([key, item]) => key !== 'index' && !(key === 'quote' && item === ''));
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutIndex(item)]));
}

export async function checkRun(sdk, stream) {
  const run = await stream.finalRun();
  // On record the JSON has `{}` where the stream has `{"code_interpreter": {"file_ids": []}}`.
  checkFields(run, await sdk.retrieveRun(run.thread_id, run.id), ['tool_resources']);
  return run;
}

export async function checkMessages(sdk, stream, run) {
  const polled = await answers(sdk, run);
  const streamed = await stream.finalMessages();
  assert.deepEqual(ids(streamed), ids(polled));
  const fromDeltas = sdk.major < 7;
  streamed.forEach((message, i) => {
    const ours = fromDeltas ? { ...message, content: withoutIndex(message.content) } : message;
    checkFields(ours, polled[i]);
    assert.equal(message.status, fromDeltas ? 'in_progress' : 'completed');
  });
}

async function checkSteps(sdk, stream, run) {
  const polled = await every(sdk.steps(run.thread_id, run.id));
  const streamed = await stream.finalRunSteps();
  assert.deepEqual(ids(streamed), ids(polled));
  streamed.forEach((step, i) => checkFields(step, polled[i], ['expires_at']));
}

export async function checkFinal(sdk, stream) {
  const run = await checkRun(sdk, stream);
  await checkMessages(sdk, stream, run);
  await checkSteps(sdk, stream, run);
  return run;
}
