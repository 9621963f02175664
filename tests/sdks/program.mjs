// What each Node SDK runs: every exported function of `node/`, each in a new world.
//
//   OPENAI_BASE_URL=http://127.0.0.1:8000/v1 OPENAI_API_KEY=k node program.mjs FOLDER [NAME ...]
//
// FOLDER is where the SDK is installed. The server must keep virtual time. One line for each check; the last
// line counts them.

import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import * as codeInterpreter from './node/code_interpreter.mjs';
import * as errors from './node/errors.mjs';
import * as fileBatches from './node/file_batches.mjs';
import * as fileSearch from './node/file_search.mjs';
import * as files from './node/files.mjs';
import * as lists from './node/lists.mjs';
import * as objects from './node/objects.mjs';
import * as retries from './node/retries.mjs';
import * as runs from './node/runs.mjs';
import * as streamHelpers from './node/stream_helpers.mjs';
import * as streams from './node/streams.mjs';
import * as tools from './node/tools.mjs';
import * as uploads from './node/uploads.mjs';
import * as vectorStores from './node/vector_stores.mjs';
import { Sdk, Skip } from './node/sdk.mjs';

const [folder, ...names] = process.argv.slice(2);
const require = createRequire(join(resolve(folder), 'package.json'));
const openai = require('openai');
const { version } = JSON.parse(readFileSync(join(dirname(require.resolve('openai')), 'package.json'), 'utf8'));
const { OPENAI_BASE_URL, OPENAI_API_KEY, LOCKED_BASE_URL } = process.env;
const sdk = new Sdk(openai, version, OPENAI_BASE_URL, OPENAI_API_KEY, LOCKED_BASE_URL);

// What the files share with each other beside constants.
const NO_CHECKS = new Set(['outputsFor', 'countsOf']);
const FILES = [
  objects, lists, errors, runs, tools, streams, streamHelpers, files, uploads, vectorStores, fileBatches, fileSearch,
  codeInterpreter, retries,
];
const total = { ok: 0, skip: 0, FAIL: 0 };
for (const file of FILES) {
  for (const [name, run] of Object.entries(file)) {
    if (typeof run !== 'function' || NO_CHECKS.has(name) || (names.length && !names.includes(name))) continue;
    const [outcome, reason] = await outcomeOf(run);
    total[outcome]++;
    console.log(`${outcome} ${name}${reason}`);
  }
}
for (const note of sdk.notes) console.log(`note ${note}`);
console.log(`${total.ok} passed, ${total.FAIL} failed, ${total.skip} skipped`);
process.exit(total.FAIL ? 1 : 0);

async function outcomeOf(run) {
  try {
    await sdk.newWorld();
    await run(sdk);
  } catch (error) {
    return error instanceof Skip ? ['skip', ` ${error.message}`] : ['FAIL', `\n${error.stack}`];
  }
  return ['ok', ''];
}
