// Uploads in parts. No version of this SDK has a helper that cuts a file into them.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

const PART_BYTES = 8 * 1024 * 1024;

/** Parts come in any order; what they make is said at the end, and checked. */
export async function uploadOfParts(sdk) {
  const parts = [1, 2, 3].map((n) => Buffer.alloc(n < 3 ? PART_BYTES : 1000, n));
  const whole = Buffer.concat(parts);
  const asked = { bytes: whole.length, filename: 'all.jsonl', mime_type: 'application/jsonl', purpose: 'batch' };
  const upload = await sdk.uploads.create(asked);
  assert.match(upload.id, /^upload_/);
  assert.deepEqual([upload.status, upload.expires_at], ['pending', upload.created_at + 3600]);
  const part_ids = [];
  for (const data of [...parts].reverse()) {
    const part = await sdk.uploads.parts.create(upload.id, { data: await sdk.document('part', data) });
    assert.deepEqual([part.object, part.upload_id], ['upload.part', upload.id]);
    part_ids.unshift(part.id);
  }
  const complete = (body) => () => sdk.uploads.complete(upload.id, body);
  await sdk.refused('BadRequestError', complete({ part_ids: part_ids.slice(0, 2) }));
  const error = await sdk.refused('BadRequestError', complete({ part_ids, md5: '0'.repeat(32) }));
  assert.equal(error.param, 'md5');
  const md5 = createHash('md5').update(whole).digest('hex');
  const done = await sdk.uploads.complete(upload.id, { part_ids, md5 });
  assert.deepEqual([done.id, done.status, done.file.bytes], [upload.id, 'completed', whole.length]);
  const content = Buffer.from(await (await sdk.files.content(done.file.id)).arrayBuffer());
  assert.ok(content.equals(whole));
  const late = async () => sdk.uploads.parts.create(upload.id, { data: await sdk.document('part', 'late') });
  await sdk.refused('BadRequestError', late);
}

export async function uploadGivenUp(sdk) {
  const asked = { bytes: 1, filename: 'a.txt', mime_type: 'text/plain', purpose: 'batch' };
  const late = (id) => async () => sdk.uploads.parts.create(id, { data: await sdk.document('part', 'x') });
  let upload = await sdk.uploads.create(asked);
  assert.equal((await sdk.uploads.cancel(upload.id)).status, 'cancelled');
  assert.match((await sdk.refused('BadRequestError', late(upload.id))).error.message, /'cancelled'/);
  upload = await sdk.uploads.create(asked);
  await sdk.advance(3600);
  assert.match((await sdk.refused('BadRequestError', late(upload.id))).error.message, /'expired'/);
  await sdk.refused('NotFoundError', () => sdk.uploads.cancel('upload_x'));
}
