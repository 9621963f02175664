// Refusals arrive as the SDK's own error classes, with the API's words.

import assert from 'node:assert/strict';
import { MODEL } from './sdk.mjs';

export async function activeRun(sdk) {
  const [assistant, thread] = [await sdk.assistant(), await sdk.thread()];
  const run = await sdk.runs.create(thread.id, { assistant_id: assistant.id });
  const second = () => sdk.runs.create(thread.id, { assistant_id: assistant.id });
  let error = await sdk.refused('BadRequestError', second);
  assert.equal(error.error.message, `Thread ${thread.id} already has an active run ${run.id}.`);
  assert.deepEqual([error.status, error.code, error.param, error.type], [400, null, null, 'invalid_request_error']);
  const message = () => sdk.messages.create(thread.id, { role: 'user', content: 'more' });
  error = await sdk.refused('BadRequestError', message);
  assert.equal(error.error.message, `Can't add messages to ${thread.id} while a run ${run.id} is active.`);
}

export async function unknownIds(sdk) {
  const thread = await sdk.thread();
  const calls = {
    "No assistant found with id 'asst_x'.": () => sdk.assistants.retrieve('asst_x'),
    "No thread found with id 'thread_x'.": () => sdk.threads.retrieve('thread_x'),
    "No message found with id 'msg_x'.": () => sdk.retrieveMessage(thread.id, 'msg_x'),
    "No run found with id 'run_x'.": () => sdk.retrieveRun(thread.id, 'run_x'),
  };
  for (const [told, call] of Object.entries(calls)) {
    const error = await sdk.refused('NotFoundError', call);
    assert.deepEqual([error.error.message, error.status, error.code], [told, 404, null]);
  }
}

export async function invalidRequests(sdk) {
  let error = await sdk.refused('BadRequestError', () => sdk.assistants.create({ model: 'gpt-none' }));
  assert.deepEqual([error.code, error.param], ['model_not_found', 'model']);
  error = await sdk.refused('BadRequestError', () => sdk.threads.create({ metadata: { n: 1 } }));
  assert.deepEqual([error.code, error.param], ['invalid_type', 'metadata.n']);
  error = await sdk.refused('BadRequestError', () => sdk.threads.create({ colour: 1 }));
  assert.deepEqual([error.code, error.param], ['unknown_parameter', 'colour']);
  const [assistant, empty] = [await sdk.assistant(), await sdk.threads.create()];
  error = await sdk.refused('BadRequestError', () => sdk.runs.create(empty.id, { assistant_id: assistant.id }));
  assert.equal(error.code, 'invalid_thread');
}

export async function refusedBeforeStreaming(sdk) {
  const thread = await sdk.thread();
  const body = { assistant_id: 'asst_x' };
  let error = await sdk.refused('NotFoundError', () => sdk.runs.create(thread.id, { ...body, stream: true }));
  assert.equal(error.error.message, "No assistant found with id 'asst_x'.");
  error = await sdk.refused('NotFoundError', () => sdk.runs.stream(thread.id, body).finalRun());
  assert.equal(error.status, 404);
}

export async function wrongKey(sdk) {
  const client = sdk.other({ baseURL: sdk.lockedURL, apiKey: 'sk-wrong-000000000000' });
  const error = await sdk.refused('AuthenticationError', () => client.beta.assistants.create({ model: MODEL }));
  assert.deepEqual([error.status, error.code], [401, 'invalid_api_key']);
  assert.match(error.message, /Incorrect API key provided/);
  assert.doesNotMatch(error.message, /sk-wrong-000000000000/);
}
