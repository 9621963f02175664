// Runs that search files: what they find depends on what is indexed at their moment.

import assert from 'node:assert/strict';
import { checkMessages, checkRun } from './agreement.mjs';
import { answers, awake, every } from './sdk.mjs';

const NAME = 'policy 🌍.md';
const TEXT = '# Refunds\n\nGrüße 🌍! A refund is paid within 14 days of the return of the goods.';
const QUESTION = 'Within how many days is a refund paid?';
const MARK = `【4:0†${NAME}】`;
// Longer than a run, and longer than a run waits for its thread's files.
const SLOW = { profile: 'realistic', indexing: '5m' };
// Longer than a run, but not longer than a run waits for its thread's files.
const PATIENT = { profile: 'realistic', indexing: '30s' };
const TOOLS = [{ type: 'file_search' }];

/** The answer as polling shows it. */
async function polled(sdk, thread, assistant) {
  const run = await awake(() => sdk.runs.createAndPoll(thread.id, { assistant_id: assistant.id }));
  assert.equal(run.status, 'completed');
  return (await answers(sdk, run)).at(-1).content[0].text;
}

/** The answer as the helper ends up with, which is what polling shows. */
async function streamed(sdk, thread, assistant) {
  const stream = sdk.runs.stream(thread.id, { assistant_id: assistant.id });
  const run = await checkRun(sdk, stream);
  assert.equal(run.status, 'completed');
  await checkMessages(sdk, stream, run);
  return (await stream.finalMessages()).at(-1).content[0].text;
}

/** The completed message of a raw stream; the deltas before it say the same, annotations included. */
async function raw(sdk, thread, assistant) {
  const events = await every(await sdk.runs.create(thread.id, { assistant_id: assistant.id, stream: true }));
  const deltas = events.filter((event) => event.event === 'thread.message.delta');
  const parts = deltas.flatMap((event) => event.data.delta.content.map((part) => part.text));
  const { text } = events.find((event) => event.event === 'thread.message.completed').data.content[0];
  assert.equal(parts.map((part) => part.value).join(''), text.value);
  const told = parts.flatMap((part) => part.annotations ?? []);
  assert.deepEqual(told.map((one) => one.index), [...told.keys()]);
  const places = (annotations) => annotations.map((one) => [one.type, one.text, one.start_index, one.end_index]);
  assert.deepEqual(places(told), places(text.annotations));
  return text;
}

/** Offsets count characters as Python does; JavaScript's own count two for an emoji. */
function checkCites(text, fileId) {
  assert.ok(text.value.includes('A refund is paid within 14 days'), text.value);
  const [annotation, ...more] = text.annotations;
  assert.deepEqual(more, []);
  assert.deepEqual([annotation.type, annotation.text], ['file_citation', MARK]);
  assert.equal(annotation.file_citation.file_id, fileId);
  const characters = [...text.value].slice(annotation.start_index, annotation.end_index);
  assert.equal(characters.join(''), MARK);
}

function checkWithout(text) {
  assert.ok(!text.value.includes('14 days'), text.value);
  assert.deepEqual(text.annotations, []);
}

/** A run does not wait for its assistant's store: asked too early it answers without the file. */
export async function questionBeforeAndAfterIndexing(sdk) {
  for (const ask of [polled, streamed, raw]) {
    await sdk.newWorld({ latency: SLOW });
    const store = await sdk.stores.create({});
    const entry = await sdk.stores.files.upload(store.id, await sdk.document(NAME, TEXT));
    const tool_resources = { file_search: { vector_store_ids: [store.id] } };
    const assistant = await sdk.assistant({ tools: TOOLS, tool_resources });
    const thread = await sdk.thread(QUESTION);
    checkWithout(await ask(sdk, thread, assistant));
    assert.equal((await awake(() => sdk.stores.files.poll(store.id, entry.id))).status, 'completed');
    await sdk.messages.create(thread.id, { role: 'user', content: QUESTION });
    checkCites(await ask(sdk, thread, assistant), entry.id);
  }
}

/** An assistant that searches, a thread whose first message brings the file, and the file's id. */
async function withAttachment(sdk) {
  const { id } = await sdk.upload(NAME, TEXT);
  const assistant = await sdk.assistant({ tools: TOOLS });
  const attachments = [{ file_id: id, tools: TOOLS }];
  const thread = await sdk.threads.create({ messages: [{ role: 'user', content: QUESTION, attachments }] });
  assert.equal(thread.tool_resources.file_search.vector_store_ids.length, 1);
  return [assistant, thread, id];
}

async function secondsOfLastRun(sdk, thread) {
  const [run] = await every(sdk.runs.list(thread.id));
  return run.completed_at - run.created_at;
}

/** A run waits up to a minute for its thread's files, and so has them at its first question. */
export async function questionAboutAnAttachment(sdk) {
  for (const ask of [polled, streamed, raw]) {
    await sdk.newWorld({ latency: PATIENT });
    const [assistant, thread, id] = await withAttachment(sdk);
    checkCites(await ask(sdk, thread, assistant), id);
    const seconds = await secondsOfLastRun(sdk, thread);
    assert.ok(seconds >= 20 && seconds <= 50, `${seconds}`);
  }
}

/** After a minute a run answers without its thread's files; the same question later has them. */
export async function questionAboutASlowAttachment(sdk) {
  for (const ask of [polled, streamed, raw]) {
    await sdk.newWorld({ latency: SLOW });
    const [assistant, thread, id] = await withAttachment(sdk);
    checkWithout(await ask(sdk, thread, assistant));
    const seconds = await secondsOfLastRun(sdk, thread);
    assert.ok(seconds >= 60 && seconds <= 90, `${seconds}`);
    const [storeId] = thread.tool_resources.file_search.vector_store_ids;
    assert.equal((await awake(() => sdk.stores.files.poll(storeId, id))).status, 'completed');
    await sdk.messages.create(thread.id, { role: 'user', content: QUESTION });
    checkCites(await ask(sdk, thread, assistant), id);
  }
}

/** The step of a real search names its results; their text is shown to who asks for it. */
export async function searchStep(sdk) {
  const [assistant, thread, id] = await withAttachment(sdk);
  await polled(sdk, thread, assistant);
  const [run] = await every(sdk.runs.list(thread.id));
  const include = ['step_details.tool_calls[*].file_search.results[*].content'];
  const results = async (query) =>
    (await every(sdk.steps(thread.id, run.id, query)))[0].step_details.tool_calls[0].file_search.results;
  const [plain, ...more] = await results({});
  assert.deepEqual([plain.file_id, plain.file_name, 'content' in plain, more], [id, NAME, false, []]);
  assert.ok(plain.score > 0 && plain.score <= 1);
  const [shown] = await results({ include });
  assert.deepEqual(shown.content, [{ type: 'text', text: TEXT }]);
}

export async function searchAfterDeletion(sdk) {
  const [assistant, thread, id] = await withAttachment(sdk);
  checkCites(await polled(sdk, thread, assistant), id);
  await sdk.delete(sdk.files, id);
  await sdk.messages.create(thread.id, { role: 'user', content: QUESTION });
  checkWithout(await polled(sdk, thread, assistant));
}

/** A thread's store goes seven days after it was used; runs on it are refused then. */
export async function expiredStore(sdk) {
  const [assistant, thread, id] = await withAttachment(sdk);
  const [storeId] = thread.tool_resources.file_search.vector_store_ids;
  await sdk.advance(6 * 86_400);
  checkCites(await polled(sdk, thread, assistant), id);
  await sdk.advance(7 * 86_400);
  assert.equal((await sdk.stores.retrieve(storeId)).status, 'expired');
  const call = () => sdk.runs.create(thread.id, { assistant_id: assistant.id });
  const error = await sdk.refused('BadRequestError', call);
  assert.equal(error.error.message, `Vector store ${storeId} is expired`);
}
