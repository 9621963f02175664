// Runs by polling, from queued to each of their ends.

import assert from 'node:assert/strict';
import { every, textOf } from './sdk.mjs';

const TOOL = { type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } };
const ASKING = { then: { tool_calls: [{ function: 'f', arguments: {} }] } };
// Wall time that ten virtual minutes may take, the client's own work included.
const EXPIRY_MS = 100;
const ATTEMPTS = 5;

async function finished(sdk, assistantOptions) {
  const [assistant, thread] = [await sdk.assistant(assistantOptions), await sdk.thread()];
  return sdk.runs.createAndPoll(thread.id, { assistant_id: assistant.id });
}

export async function createAndPoll(sdk) {
  await sdk.script({ then: { reply: 'Paris.' } });
  const run = await finished(sdk);
  assert.equal(run.status, 'completed');
  assert.equal(run.usage.total_tokens, run.usage.prompt_tokens + run.usage.completion_tokens);
  const [answer, question] = await every(sdk.messages.list(run.thread_id));
  assert.deepEqual([answer.role, answer.run_id, textOf(answer)], ['assistant', run.id, 'Paris.']);
  assert.equal(question.role, 'user');
}

export async function createAndRunPoll(sdk) {
  await sdk.script({ then: { reply: 'Paris.' } });
  const assistant = await sdk.assistant();
  const thread = { messages: [{ role: 'user', content: 'The capital of France?' }] };
  const run = await sdk.threads.createAndRunPoll({ assistant_id: assistant.id, thread });
  assert.equal(run.status, 'completed');
  const found = await every(sdk.messages.list(run.thread_id));
  assert.deepEqual(found.map(textOf), ['Paris.', 'The capital of France?']);
}

export async function everyStatusIsSeen(sdk) {
  const [assistant, thread] = [await sdk.assistant(), await sdk.thread()];
  const run = await sdk.runs.create(thread.id, { assistant_id: assistant.id });
  const seen = [run.status];
  while (['queued', 'in_progress'].includes(seen.at(-1)) && seen.length < 9) {
    const { data, response } = await sdk.retrieveRun(thread.id, run.id).withResponse();
    seen.push(data.status);
    if (data.status !== 'completed') assert.equal(response.headers.get('openai-poll-after-ms'), '0');
  }
  assert.deepEqual(seen, ['queued', 'in_progress', 'completed']);
}

export async function failed(sdk) {
  await sdk.script({ then: { fail: { code: 'rate_limit_exceeded', message: 'Too fast.' } } });
  const run = await finished(sdk);
  assert.equal(run.status, 'failed');
  assert.deepEqual(run.last_error, { code: 'rate_limit_exceeded', message: 'Too fast.' });
}

export async function incomplete(sdk) {
  await sdk.script({ then: { reply: 'A long story.', incomplete: 'max_completion_tokens' } });
  const run = await finished(sdk);
  assert.deepEqual([run.status, run.incomplete_details], ['incomplete', { reason: 'max_completion_tokens' }]);
}

export async function cancel(sdk) {
  await sdk.script({ timeline: { in_progress: '10m' }, then: { reply: 'never' } });
  const [assistant, thread] = [await sdk.assistant(), await sdk.thread()];
  let run = await sdk.runs.create(thread.id, { assistant_id: assistant.id });
  // Reading a run moves virtual time to its next change, so one read makes it in progress and no more.
  assert.equal((await sdk.retrieveRun(thread.id, run.id)).status, 'in_progress');
  run = await sdk.cancelRun(thread.id, run.id);
  assert.deepEqual([run.status, run.cancelled_at], ['cancelling', null]);
  run = await sdk.poll(thread.id, run.id);
  assert.equal(run.status, 'cancelled');
  const error = await sdk.refused('BadRequestError', () => sdk.cancelRun(thread.id, run.id));
  assert.equal(error.error.message, "Cannot cancel run with status 'cancelled'.");
  await sdk.messages.create(thread.id, { role: 'user', content: 'again' });
}

export async function cancelWhileToolsAreAskedFor(sdk) {
  await sdk.script(ASKING);
  const run = await finished(sdk, { tools: [TOOL] });
  assert.equal((await sdk.cancelRun(run.thread_id, run.id)).status, 'cancelling');
  assert.equal((await sdk.poll(run.thread_id, run.id)).status, 'cancelled');
}

export function expiryByTheClock(sdk) {
  return expire(sdk, 'expiry by the clock', 5, ASKING, async (thread, assistant) => {
    const run = await sdk.runs.createAndPoll(thread, { assistant_id: assistant });
    assert.equal(run.status, 'requires_action');
    await sdk.advance(600);
    return sdk.retrieveRun(thread, run.id);
  });
}

export function expiryByPolling(sdk) {
  return expire(sdk, 'expiry by polling', 28, ASKING, async (thread, assistant) => {
    let run = await sdk.runs.createAndPoll(thread, { assistant_id: assistant });
    let polls = 1; // the helper's own, which saw the tool calls
    for (; run.status === 'requires_action' && polls < 40; polls++) run = await sdk.retrieveRun(thread, run.id);
    assert.ok(20 <= polls && polls <= 30, `${polls} polls`);
    return run;
  });
}

export function expiryOfAStalledRun(sdk) {
  return expire(sdk, 'expiry of a stalled run', 4, { then: { stall: 'in_progress' } }, (thread, assistant) =>
    sdk.runs.createAndPoll(thread, { assistant_id: assistant }),
  );
}

// Takes the shortest wall time of several: others use the machine too. On one so busy that the budget cannot be
// kept, the requests that it takes tell how long it may.
async function expire(sdk, name, requests, rule, act) {
  await sdk.script(rule);
  const assistant = await sdk.assistant({ tools: [TOOL] });
  let best = Infinity;
  let allowed = 0;
  for (let attempt = 0; attempt < ATTEMPTS && best >= allowed; attempt++) {
    const thread = await sdk.thread();
    let start = performance.now();
    await sdk.threads.retrieve(thread.id);
    const oneRequest = performance.now() - start;
    start = performance.now();
    const run = await act(thread.id, assistant.id);
    best = Math.min(best, performance.now() - start);
    allowed = Math.max(EXPIRY_MS, 3 * requests * oneRequest);
    assert.deepEqual([run.status, run.required_action], ['expired', null]);
    await sdk.messages.create(thread.id, { role: 'user', content: 'the thread is free again' });
  }
  sdk.notes.push(`${name} ${best.toFixed(0)} ms`);
  assert.ok(best < allowed, `${best.toFixed(0)} ms from create to expired`);
}

export async function steps(sdk) {
  const code = { code_interpreter: { input: 'print(6 * 7)', outputs: [{ logs: '42\n' }] } };
  await sdk.script({ then: { steps: [code, { reply: '42' }] } });
  const run = await finished(sdk, { tools: [{ type: 'code_interpreter' }] });
  const [ran, said] = await every(sdk.steps(run.thread_id, run.id));
  assert.deepEqual([ran.type, ran.status, said.type], ['tool_calls', 'completed', 'message_creation']);
  const { input, outputs } = ran.step_details.tool_calls[0].code_interpreter;
  assert.deepEqual([input, outputs], ['print(6 * 7)', [{ type: 'logs', logs: '42\n' }]]);
  assert.deepEqual(await sdk.retrieveStep(run.thread_id, run.id, ran.id), ran);
}

export async function stepsWithSearchResults(sdk) {
  const result = { file: 'file-abc', score: 0.9, text: 'The moon is made of rock.' };
  const search = { file_search: { query: 'moon', results: [result] } };
  await sdk.script({ then: { steps: [search, { reply: 'Rock.' }] } });
  const run = await finished(sdk, { tools: [{ type: 'file_search' }] });
  const include = ['step_details.tool_calls[*].file_search.results[*].content'];
  const results = async (query) =>
    (await every(sdk.steps(run.thread_id, run.id, query)))[0].step_details.tool_calls[0].file_search.results;
  const [plain] = await results({});
  assert.deepEqual([plain.score, 'content' in plain], [0.9, false]);
  const [shown] = await results({ include });
  assert.equal(shown.content[0].text, 'The moon is made of rock.');
}
