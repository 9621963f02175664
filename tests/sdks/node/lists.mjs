// Lists that take many requests: each object exactly once, in both orders and directions.

import assert from 'node:assert/strict';
import { every, ids, textOf } from './sdk.mjs';

const MESSAGES = 250;

export async function autoPaging(sdk) {
  const thread = await sdk.threads.create();
  const numbers = [...Array(MESSAGES).keys()].map(String);
  for (const content of numbers) await sdk.messages.create(thread.id, { role: 'user', content });
  for (const [order, wanted] of [['asc', numbers], ['desc', [...numbers].reverse()]]) {
    for (const limit of [20, 100]) {
      const found = [];
      for await (const message of sdk.messages.list(thread.id, { order, limit })) found.push(textOf(message));
      assert.deepEqual(found, wanted, `${order} ${limit}`);
    }
  }
}

export async function cursors(sdk) {
  const thread = await sdk.threads.create();
  for (const content of '012345') await sdk.messages.create(thread.id, { role: 'user', content });
  const all = ids(await every(sdk.messages.list(thread.id, { order: 'asc' })));
  let page = await sdk.messages.list(thread.id, { order: 'asc', limit: 2 });
  assert.deepEqual([ids(page.data), page.hasNextPage()], [all.slice(0, 2), true]);
  page = await page.getNextPage();
  assert.deepEqual(ids(page.data), all.slice(2, 4));
  page = await sdk.messages.list(thread.id, { order: 'asc', before: all[4], limit: 10 });
  assert.deepEqual(ids(page.data), all.slice(0, 4));
  page = await sdk.messages.list(thread.id, { order: 'asc', after: all[5] });
  assert.deepEqual([page.data, page.hasNextPage()], [[], false]);
}

export async function runsOfAThread(sdk) {
  const [assistant, thread] = [await sdk.assistant(), await sdk.thread()];
  const made = [];
  for (let i = 0; i < 3; i++) {
    made.push((await sdk.runs.createAndPoll(thread.id, { assistant_id: assistant.id })).id);
  }
  assert.deepEqual(ids(await every(sdk.runs.list(thread.id))), [...made].reverse());
  assert.deepEqual(ids(await every(sdk.runs.list(thread.id, { order: 'asc', limit: 1 }))), made);
  const ofOne = await every(sdk.messages.list(thread.id, { run_id: made[1] }));
  assert.deepEqual(ofOne.map((message) => message.run_id), [made[1]]);
}
