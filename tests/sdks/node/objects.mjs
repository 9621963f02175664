// Assistants, threads, messages and models: create, read, change, list, delete.

import assert from 'node:assert/strict';
import { every, ids, MODEL, textOf } from './sdk.mjs';

export async function assistants(sdk) {
  const tool = { type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } };
  const made = await sdk.assistant({ instructions: 'Be brief.', tools: [tool], metadata: { team: 'a' } });
  assert.match(made.id, /^asst_/);
  assert.deepEqual([made.name, made.model, made.metadata], ['Ada', MODEL, { team: 'a' }]);
  assert.deepEqual(await sdk.assistants.retrieve(made.id), made);
  const changed = await sdk.assistants.update(made.id, { name: 'Grace' });
  assert.deepEqual([changed.name, changed.instructions], ['Grace', 'Be brief.']);
  const second = await sdk.assistant();
  assert.deepEqual(ids(await every(sdk.assistants.list())), [second.id, made.id]);
  assert.deepEqual(ids(await every(sdk.assistants.list({ order: 'asc', limit: 1 }))), [made.id, second.id]);
  const gone = await sdk.delete(sdk.assistants, made.id);
  assert.deepEqual({ ...gone }, { id: made.id, object: 'assistant.deleted', deleted: true });
  await sdk.refused('NotFoundError', () => sdk.assistants.retrieve(made.id));
}

export async function threads(sdk) {
  const messages = [{ role: 'user', content: 'one' }, { role: 'assistant', content: 'two' }];
  const made = await sdk.threads.create({ messages, metadata: { user: 'u1' } });
  assert.deepEqual((await sdk.threads.retrieve(made.id)).metadata, { user: 'u1' });
  const found = await every(sdk.messages.list(made.id, { order: 'asc' }));
  assert.deepEqual(found.map(textOf), ['one', 'two']);
  const changed = await sdk.threads.update(made.id, { metadata: { user: 'u2' } });
  assert.deepEqual(changed.metadata, { user: 'u2' });
  assert.equal((await sdk.delete(sdk.threads, made.id)).deleted, true);
  await sdk.refused('NotFoundError', () => sdk.threads.retrieve(made.id));
}

export async function messages(sdk) {
  const thread = await sdk.threads.create();
  const plain = await sdk.messages.create(thread.id, { role: 'user', content: 'Grüße 🌍' });
  assert.deepEqual([plain.thread_id, textOf(plain)], [thread.id, 'Grüße 🌍']);
  const url = 'https://example.com/cat.png';
  const content = [{ type: 'text', text: 'look' }, { type: 'image_url', image_url: { url } }];
  const rich = await sdk.messages.create(thread.id, { role: 'user', content });
  assert.deepEqual(rich.content[1].image_url.url, url);
  assert.deepEqual((await sdk.retrieveMessage(thread.id, plain.id)).content, plain.content);
  const changed = await sdk.updateMessage(thread.id, plain.id, { metadata: { seen: 'yes' } });
  assert.deepEqual(changed.metadata, { seen: 'yes' });
  assert.equal((await sdk.deleteMessage(thread.id, rich.id)).deleted, true);
  assert.deepEqual(ids(await every(sdk.messages.list(thread.id))), [plain.id]);
}

export async function models(sdk) {
  assert.ok(ids(await every(sdk.client.models.list())).includes(MODEL));
  assert.equal((await sdk.client.models.retrieve(MODEL)).id, MODEL);
  const error = await sdk.refused('NotFoundError', () => sdk.client.models.retrieve('gpt-none'));
  assert.equal(error.code, 'model_not_found');
}

export async function metadata(sdk) {
  const [assistant, thread] = [await sdk.assistant(), await sdk.thread()];
  const run = await sdk.runs.createAndPoll(thread.id, { assistant_id: assistant.id });
  const [message] = await every(sdk.messages.list(thread.id));
  const metadata = { k: 'v', empty: '' };
  const updated = [
    await sdk.assistants.update(assistant.id, { metadata }),
    await sdk.threads.update(thread.id, { metadata }),
    await sdk.updateMessage(thread.id, message.id, { metadata }),
    await sdk.updateRun(thread.id, run.id, { metadata }),
  ];
  for (const one of updated) assert.deepEqual(one.metadata, metadata);
  assert.deepEqual((await sdk.threads.update(thread.id, { metadata: {} })).metadata, {});
}

/** Optional parameters passed as null mean the same as left out. */
export async function explicitNull(sdk) {
  const shared = { instructions: null, metadata: null, response_format: null, temperature: null, top_p: null };
  const assistant = await sdk.assistants.create({ model: MODEL, name: null, description: null, tool_resources: null, ...shared });
  assert.deepEqual([assistant.name, assistant.tools, assistant.temperature], [null, [], 1]);
  const thread = await sdk.threads.create({ metadata: null, tool_resources: null });
  const message = { role: 'user', content: 'hi', attachments: null, metadata: null };
  assert.deepEqual((await sdk.messages.create(thread.id, message)).attachments, []);
  const run = await sdk.runs.create(thread.id, {
    assistant_id: assistant.id,
    additional_instructions: null,
    additional_messages: null,
    max_completion_tokens: null,
    max_prompt_tokens: null,
    model: null,
    stream: null,
    tool_choice: null,
    tools: null,
    truncation_strategy: null,
    ...shared,
  });
  assert.deepEqual([run.status, run.model, run.metadata], ['queued', MODEL, {}]);
}
