// Files: every way to hand one over, lists, downloads, deletion.

import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awake, every, ids } from './sdk.mjs';

// More than a server sends at once, and no text in any encoding.
const EVERY_BYTE = Buffer.from(Array.from({ length: 256 * 1500 }, (_, i) => i % 256));
const NAMES = [
  'Grüße an 世界 🌍.txt',
  'with "quotes" and \'more\'.txt',
  'semi;colon=equals, 100%.txt',
  'line\nbreak.txt',
  'two  spaces .tar.txt',
];

async function download(sdk, id) {
  return Buffer.from(await (await sdk.files.content(id)).arrayBuffer());
}

/** A stream from disk, bytes with a name, the platform's own File, and what fetch answers. */
export async function fileSources(sdk) {
  const folder = await mkdtemp(join(tmpdir(), 'sdk-files-'));
  try {
    const path = join(folder, 'Übung 1.jsonl');
    await writeFile(path, EVERY_BYTE);
    const sources = [
      [createReadStream(path), 'Übung 1.jsonl'],
      [await sdk.toFile(EVERY_BYTE, 'bytes.bin'), 'bytes.bin'],
      [await sdk.toFile(createReadStream(path), 'stream.bin'), 'stream.bin'],
      [new File([EVERY_BYTE], 'typed.bin', { type: 'text/x-none' }), 'typed.bin'],
    ];
    for (const [file, name] of sources) {
      const made = await sdk.files.create({ file, purpose: 'batch' });
      assert.match(made.id, /^file-/);
      const shown = [made.object, made.filename, made.bytes, made.purpose, made.status];
      assert.deepEqual(shown, ['file', name, EVERY_BYTE.length, 'batch', 'processed']);
      assert.deepEqual(await sdk.files.retrieve(made.id), made);
      assert.ok((await download(sdk, made.id)).equals(EVERY_BYTE), name);
    }
    const [{ id }] = await every(sdk.files.list());
    const made = await sdk.files.create({ file: await sdk.files.content(id), purpose: 'batch' });
    assert.ok((await download(sdk, made.id)).equals(EVERY_BYTE));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A name is kept to the letter, whatever it looks like. */
export async function fileNames(sdk) {
  const made = [];
  for (const name of NAMES) made.push(await sdk.files.create({ file: new File(['x'], name), purpose: 'assistants' }));
  assert.deepEqual(made.map((file) => file.filename), NAMES);
}

export async function fileList(sdk) {
  const made = [];
  for (let i = 0; i < 7; i++) made.push((await sdk.upload(`${i}.txt`, 'x', i === 3 ? 'vision' : 'batch')).id);
  const batch = made.filter((_, i) => i !== 3);
  for (const [order, wanted] of [['asc', batch], ['desc', [...batch].reverse()]]) {
    assert.deepEqual(ids(await every(sdk.files.list({ purpose: 'batch', order, limit: 2 }))), wanted);
  }
  assert.deepEqual(ids(await every(sdk.files.list())), [...made].reverse());
  assert.deepEqual(await every(sdk.files.list({ purpose: 'user_data' })), []);
  const page = await sdk.files.list({ order: 'asc', after: made[1], limit: 2 });
  assert.deepEqual([ids(page.data), page.hasNextPage()], [made.slice(2, 4), true]);
}

export async function fileDownloads(sdk) {
  for (const purpose of ['batch', 'fine-tune', 'vision']) {
    const made = await sdk.upload('data.png', EVERY_BYTE, purpose);
    assert.ok((await download(sdk, made.id)).equals(EVERY_BYTE), purpose);
  }
  for (const purpose of ['assistants', 'user_data']) {
    const made = await sdk.upload('data.txt', 'x', purpose);
    const error = await sdk.refused('BadRequestError', () => sdk.files.content(made.id));
    assert.equal(error.error.message, `Not allowed to download files of purpose: ${purpose}`);
    assert.deepEqual([error.code, error.param, error.type], [null, null, 'invalid_request_error']);
  }
}

export async function fileDeletion(sdk) {
  let made = await sdk.upload('notes.txt', 'x');
  const gone = await sdk.delete(sdk.files, made.id);
  assert.deepEqual({ ...gone }, { object: 'file', deleted: true, id: made.id });
  const { id } = made;
  for (const call of [() => sdk.files.retrieve(id), () => sdk.files.content(id), () => sdk.delete(sdk.files, id)]) {
    const error = await sdk.refused('NotFoundError', call);
    assert.equal(error.error.message, `No such File object: ${id}`);
    assert.deepEqual([error.status, error.code, error.param], [404, null, 'id']);
  }
  made = await sdk.upload('train.jsonl', '{}\n', 'fine-tune');
  const error = await sdk.refused('ConflictError', () => sdk.delete(sdk.files, made.id));
  assert.equal(error.error.message, 'File is still processing. Check back later.');
  assert.equal((await awake(() => sdk.files.waitForProcessing(made.id))).status, 'processed');
  assert.equal((await sdk.delete(sdk.files, made.id)).deleted, true);
}

export async function fileExpiry(sdk) {
  const expires_after = { anchor: 'created_at', seconds: 3600 };
  const made = await sdk.files.create({ file: await sdk.document('a.txt', 'x'), purpose: 'user_data', expires_after });
  assert.equal(made.expires_at, made.created_at + 3600);
  await sdk.advance(3590);
  await sdk.files.retrieve(made.id);
  await sdk.advance(20);
  await sdk.refused('NotFoundError', () => sdk.files.retrieve(made.id));
}

export async function fileRefusals(sdk) {
  let error = await sdk.refused('BadRequestError', () => sdk.upload('a.txt', 'x', 'world_domination'));
  assert.equal(error.param, 'purpose');
  assert.match(error.error.message, /^'world_domination' is not one of \['fine-tune', /);
  error = await sdk.refused('BadRequestError', () => sdk.upload('a.vb', 'x'));
  assert.match(error.error.message, /^Invalid extension vb\. Supported formats: "c", "cpp", /);
  await sdk.newWorld({ limits: { file_bytes: 1000 } });
  assert.equal((await sdk.upload('a.txt', 'x'.repeat(1000), 'batch')).bytes, 1000);
  error = await sdk.refused('BadRequestError', () => sdk.upload('a.txt', 'x'.repeat(1001), 'batch'));
  assert.equal(error.error.message, 'File is too large.');
}
