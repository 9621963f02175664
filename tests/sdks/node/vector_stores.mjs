// Vector stores and the files in them: helpers that poll, lists, attributes, search, deletion.

import assert from 'node:assert/strict';
import { awake, every, ids } from './sdk.mjs';

export const TEXTS = {
  'moon.md': '# The moon\n\nThe moon is made of rock and has no atmosphere.',
  'tea.txt': 'Green tea is brewed at eighty degrees for two minutes.',
  'bridge.txt': 'The suspension bridge was opened in 1932 and carries eight lanes.',
};

/** How many files of a store or batch are in which state. */
export function countsOf(one) {
  return Object.fromEntries(Object.entries(one.file_counts).filter(([, number]) => number));
}

/** A vector store with these texts indexed, and the ids of its files by name. */
async function storeWith(sdk, texts) {
  const made = {};
  for (const [name, text] of Object.entries(texts)) made[name] = (await sdk.upload(name, text)).id;
  const { id } = await sdk.stores.create({});
  await awake(() => sdk.stores.fileBatches.createAndPoll(id, { file_ids: Object.values(made) }));
  return [await sdk.stores.retrieve(id), made];
}

export async function vectorStoreLife(sdk) {
  const expires_after = { anchor: 'last_active_at', days: 2 };
  const made = await sdk.stores.create({ name: 'Books', expires_after, metadata: { team: 'a' } });
  assert.match(made.id, /^vs_/);
  assert.deepEqual([made.object, made.name, made.status, made.usage_bytes], ['vector_store', 'Books', 'completed', 0]);
  assert.equal(made.expires_at, made.last_active_at + 2 * 86_400);
  assert.deepEqual(await sdk.stores.retrieve(made.id), made);
  const changed = await sdk.stores.update(made.id, { name: 'Papers', expires_after: null });
  assert.deepEqual([changed.name, changed.expires_at, changed.metadata], ['Papers', null, { team: 'a' }]);
  const all = [made.id];
  for (let i = 0; i < 4; i++) all.push((await sdk.stores.create({ name: `${i}` })).id);
  for (const [order, wanted] of [['asc', all], ['desc', [...all].reverse()]]) {
    assert.deepEqual(ids(await every(sdk.stores.list({ order, limit: 2 }))), wanted);
  }
  const page = await sdk.stores.list({ order: 'asc', before: all[3], limit: 10 });
  assert.deepEqual(ids(page.data), all.slice(0, 3));
  const gone = await sdk.delete(sdk.stores, made.id);
  assert.deepEqual({ ...gone }, { id: made.id, object: 'vector_store.deleted', deleted: true });
  const error = await sdk.refused('NotFoundError', () => sdk.stores.retrieve(made.id));
  assert.deepEqual([error.error.message, error.code], [`No vector store found with id '${made.id}'.`, null]);
}

export async function vectorStoreWithFiles(sdk) {
  const file_ids = [];
  for (const [name, text] of Object.entries(TEXTS)) file_ids.push((await sdk.upload(name, text)).id);
  let store = await sdk.stores.create({ file_ids });
  assert.deepEqual([store.status, countsOf(store)], ['in_progress', { in_progress: 3, total: 3 }]);
  for (let i = 0; i < 9 && store.status === 'in_progress'; i++) store = await sdk.stores.retrieve(store.id);
  assert.deepEqual([store.status, countsOf(store)], ['completed', { completed: 3, total: 3 }]);
  const files = await every(sdk.stores.files.list(store.id));
  assert.equal(files.reduce((sum, file) => sum + file.usage_bytes, 0), store.usage_bytes);
}

/** `upload`, `uploadAndPoll`, `createAndPoll` and `poll`: in virtual time none of them sleeps. */
export async function storeFileHelpers(sdk) {
  const store = await sdk.stores.create({});
  const { files } = sdk.stores;
  const document = await sdk.document('moon.md', TEXTS['moon.md']);
  let entry = await awake(() => files.uploadAndPoll(store.id, document));
  assert.deepEqual([entry.status, entry.last_error, entry.vector_store_id], ['completed', null, store.id]);
  assert.ok(entry.usage_bytes > 0);
  const file = await sdk.upload('tea.txt', 'Green tea.');
  entry = await awake(() => files.createAndPoll(store.id, { file_id: file.id }));
  assert.deepEqual([entry.id, entry.status], [file.id, 'completed']);
  entry = await files.upload(store.id, await sdk.document('bridge.txt', 'A bridge.'));
  assert.deepEqual([entry.status, entry.usage_bytes], ['in_progress', 0]);
  entry = await awake(() => files.poll(store.id, entry.id));
  assert.equal(entry.status, 'completed');
  assert.deepEqual(countsOf(await sdk.stores.retrieve(store.id)), { completed: 3, total: 3 });
}

export async function storeFileLists(sdk) {
  await sdk.newWorld({ latency: { profile: 'realistic', indexing: '5m' } });
  const texts = Object.fromEntries([...'01234'].map((n) => [`${n}.txt`, `Text ${n}.`]));
  const [store, made] = await storeWith(sdk, texts);
  const { files } = sdk.stores;
  const late = await files.upload(store.id, await sdk.document('late.txt', 'x'));
  const all = ids(await every(files.list(store.id, { order: 'asc' })));
  assert.deepEqual([...all].sort(), [...Object.values(made), late.id].sort());
  assert.deepEqual(ids(await every(files.list(store.id, { order: 'desc', limit: 2 }))), [...all].reverse());
  assert.deepEqual(ids(await every(files.list(store.id, { filter: 'in_progress' }))), [late.id]);
  assert.equal((await every(files.list(store.id, { filter: 'completed' }))).length, 5);
}

/** Taking a file out of a store leaves the file; deleting the file takes it out of the store. */
export async function storeFileDeletion(sdk) {
  const [store, made] = await storeWith(sdk, TEXTS);
  const gone = await sdk.detach(store.id, made['moon.md']);
  assert.deepEqual({ ...gone }, { id: made['moon.md'], object: 'vector_store.file.deleted', deleted: true });
  const call = () => sdk.inStore('retrieve', sdk.stores.files, store.id, made['moon.md']);
  assert.match((await sdk.refused('NotFoundError', call)).error.message, /^No file found with id /);
  await sdk.files.retrieve(made['moon.md']);
  await sdk.delete(sdk.files, made['tea.txt']);
  assert.deepEqual(ids(await every(sdk.stores.files.list(store.id))), [made['bridge.txt']]);
  await sdk.detach(store.id, made['bridge.txt']);
  const empty = await sdk.stores.retrieve(store.id);
  assert.deepEqual([countsOf(empty), empty.usage_bytes, empty.status], [{}, 0, 'completed']);
}

export async function storeFileRefused(sdk) {
  const store = await sdk.stores.create({});
  const { id } = await sdk.upload('a.png', 'x');
  const calls = [
    () => sdk.stores.files.create(store.id, { file_id: id }),
    () => sdk.stores.fileBatches.create(store.id, { file_ids: [id] }),
    () => sdk.stores.create({ file_ids: [id] }),
  ];
  for (const call of calls) {
    const error = await sdk.refused('BadRequestError', call);
    assert.match(error.error.message, /^Files with extensions \[\.png\] are not supported for retrieval\. See/);
    assert.deepEqual([error.code, error.param], ['unsupported_file', 'file_ids']);
  }
  assert.deepEqual(countsOf(await sdk.stores.retrieve(store.id)), {});
}

export async function storeFileFailed(sdk) {
  const store = await sdk.stores.create({});
  const document = await sdk.document('a.pdf', 'no PDF');
  const entry = await awake(() => sdk.stores.files.uploadAndPoll(store.id, document));
  assert.deepEqual([entry.status, entry.usage_bytes], ['failed', 0]);
  assert.ok(['unsupported_file', 'invalid_file'].includes(entry.last_error.code));
  assert.deepEqual(countsOf(await sdk.stores.retrieve(store.id)), { failed: 1, total: 1 });
}

/** Attributes and chunks are set with the file; attributes are replaced later; chunks can be read. */
export async function storeFileAttributesAndContent(sdk) {
  const { files } = sdk.stores;
  sdk.needs(files, 'update');
  const store = await sdk.stores.create({});
  const text = [...Array(60).keys()].map((n) => `Sentence number ${n} is here.`).join(' ');
  const { id } = await sdk.upload('long.txt', text);
  const attributes = { year: 1932, kind: 'tea', hot: true };
  const sizes = { max_chunk_size_tokens: 100, chunk_overlap_tokens: 0 };
  const body = { file_id: id, attributes, chunking_strategy: { type: 'static', static: sizes } };
  const entry = await awake(() => files.createAndPoll(store.id, body));
  assert.deepEqual([entry.attributes, entry.chunking_strategy], [attributes, { type: 'static', static: sizes }]);
  const changed = await sdk.inStore('update', files, store.id, id, { attributes: { kind: 'drink' } });
  assert.deepEqual([changed.status, changed.attributes], ['completed', { kind: 'drink' }]);
  const parts = await every(sdk.inStore('content', files, store.id, id));
  assert.ok(parts.length > 2);
  assert.equal(parts.map((part) => part.text).join('').replace(/\s/g, ''), text.replace(/\s/g, ''));
}

export async function search(sdk) {
  sdk.needs(sdk.stores, 'search');
  const [store, made] = await storeWith(sdk, TEXTS);
  for (const [name, id] of Object.entries(made)) {
    await sdk.inStore('update', sdk.stores.files, store.id, id, { attributes: { name } });
  }
  const found = (query, options = {}) => every(sdk.stores.search(store.id, { query, ...options }));
  const names = (results) => results.map((result) => result.filename);
  const [best] = await found('How hot should green tea be brewed?');
  assert.deepEqual([best.file_id, best.filename, best.attributes], [made['tea.txt'], 'tea.txt', { name: 'tea.txt' }]);
  assert.deepEqual(best.content, [{ type: 'text', text: TEXTS['tea.txt'] }]);
  assert.ok(best.score > 0 && best.score <= 1);
  const both = ['moon atmosphere', 'suspension bridge'];
  assert.deepEqual(names(await found(both)).sort(), ['bridge.txt', 'moon.md']);
  assert.equal((await found(both, { max_num_results: 1 })).length, 1);
  const filters = { type: 'eq', key: 'name', value: 'moon.md' };
  assert.deepEqual(await found('green tea', { filters }), []);
  assert.deepEqual(names(await found('moon', { filters: { type: 'and', filters: [filters] } })), ['moon.md']);
  await sdk.delete(sdk.files, made['moon.md']);
  assert.ok(!names(await found('moon atmosphere')).includes('moon.md'));
}

/** A search finds what is indexed at its moment, no more. */
export async function searchBeforeIndexing(sdk) {
  sdk.needs(sdk.stores, 'search');
  const store = await sdk.stores.create({});
  const entry = await sdk.stores.files.upload(store.id, await sdk.document('a.txt', 'The moon is rock.'));
  const found = () => every(sdk.stores.search(store.id, { query: 'moon' }));
  assert.deepEqual(await found(), []);
  await awake(() => sdk.stores.files.poll(store.id, entry.id));
  assert.deepEqual((await found()).map((result) => result.file_id), [entry.id]);
}
