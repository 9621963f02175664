// Batches of files on their way into a vector store.

import assert from 'node:assert/strict';
import { awake, every } from './sdk.mjs';
import { countsOf } from './vector_stores.mjs';

const FILES = 25;

async function uploaded(sdk, number) {
  const made = [];
  for (let i = 0; i < number; i++) made.push((await sdk.upload(`${i}.txt`, `This is text ${i}.`)).id);
  return made;
}

/** 25 files uploaded, several at a time, and one from before: the helper returns when all are indexed. */
export async function batchOfUploads(sdk) {
  const [store, fileIds] = [await sdk.stores.create({}), await uploaded(sdk, 1)];
  const files = [];
  for (let i = 0; i < FILES; i++) files.push(await sdk.document(`report ${i}.txt`, `Report ${i}.`));
  const batches = sdk.stores.fileBatches;
  const batch = await awake(() => batches.uploadAndPoll(store.id, { files, fileIds }));
  assert.match(batch.id, /^vsfb_/);
  assert.deepEqual([batch.status, countsOf(batch)], ['completed', { completed: FILES + 1, total: FILES + 1 }]);
  const listed = await every(sdk.inStore('listFiles', batches, store.id, batch.id, { limit: 10 }));
  assert.ok(listed.every((entry) => entry.status === 'completed'));
  assert.equal(new Set(listed.map((entry) => entry.id)).size, FILES + 1);
  const done = await sdk.stores.retrieve(store.id);
  assert.deepEqual([done.status, countsOf(done)], ['completed', countsOf(batch)]);
}

/** A batch is in progress until its last file is done, and counts add up; nobody is told to wait. */
export async function batchByHand(sdk) {
  const [store, file_ids] = [await sdk.stores.create({}), await uploaded(sdk, 5)];
  const batches = sdk.stores.fileBatches;
  let batch = await batches.create(store.id, { file_ids });
  assert.deepEqual([batch.status, countsOf(batch)], ['in_progress', { in_progress: 5, total: 5 }]);
  const hints = [];
  for (let i = 0; i < 20 && batch.status === 'in_progress'; i++) {
    const { data, response } = await sdk.inStore('retrieve', batches, store.id, batch.id).withResponse();
    batch = data;
    if (batch.status === 'in_progress') hints.push(response.headers.get('openai-poll-after-ms'));
    const { in_progress, completed, total } = batch.file_counts;
    assert.deepEqual([in_progress + completed, total], [5, 5]);
    assert.equal(batch.status === 'in_progress', in_progress > 0);
  }
  assert.equal(batch.status, 'completed');
  assert.deepEqual(new Set(hints), new Set(['0']));
}

export async function batchWithFailures(sdk) {
  const store = await sdk.stores.create({});
  const files = [await sdk.document('good.txt', 'Fine.'), await sdk.document('bad.pdf', 'no PDF')];
  const batches = sdk.stores.fileBatches;
  const batch = await awake(() => batches.uploadAndPoll(store.id, { files }));
  assert.deepEqual([batch.status, countsOf(batch)], ['completed', { completed: 1, failed: 1, total: 2 }]);
  const [failed] = await every(sdk.inStore('listFiles', batches, store.id, batch.id, { filter: 'failed' }));
  assert.ok(failed.last_error.message);
}

export async function batchCancelled(sdk) {
  await sdk.newWorld({ latency: { profile: 'realistic', indexing: '5m' } });
  const [store, file_ids] = [await sdk.stores.create({}), await uploaded(sdk, 3)];
  const batches = sdk.stores.fileBatches;
  const { id } = await batches.create(store.id, { file_ids });
  const batch = await sdk.inStore('cancel', batches, store.id, id);
  assert.deepEqual([batch.status, countsOf(batch)], ['cancelled', { cancelled: 3, total: 3 }]);
  assert.deepEqual(await awake(() => batches.poll(store.id, id)), batch);
  assert.deepEqual(await sdk.inStore('cancel', batches, store.id, id), batch);
  await sdk.refused('NotFoundError', () => sdk.inStore('retrieve', batches, store.id, 'vsfb_x'));
}

/** Each file of a batch may bring attributes of its own; or they hold for all. */
export async function batchWithAttributes(sdk) {
  const [store, file_ids] = [await sdk.stores.create({}), await uploaded(sdk, 2)];
  const batches = sdk.stores.fileBatches;
  const files = file_ids.map((file_id, n) => ({ file_id, attributes: { n } }));
  await awake(() => batches.createAndPoll(store.id, { files }));
  const attributes = async () => {
    const listed = await every(sdk.stores.files.list(store.id));
    return file_ids.map((id) => listed.find((entry) => entry.id === id).attributes);
  };
  assert.deepEqual(await attributes(), [{ n: 0 }, { n: 1 }]);
  await awake(() => batches.createAndPoll(store.id, { file_ids, attributes: { year: 2025 } }));
  assert.deepEqual(await attributes(), [{ year: 2025 }, { year: 2025 }]);
}
