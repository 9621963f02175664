// Runs that compute: with attached data for real, and with what a script says they wrote.

import assert from 'node:assert/strict';
import { checkFinal } from './agreement.mjs';
import { answers, awake, every, ids } from './sdk.mjs';

const CSV = 'region,amount\nnorth,10\nsouth,30\nnorth,20\n';
const TOOLS = [{ type: 'code_interpreter' }];
const PATH = 'sandbox:/mnt/data/totals.csv';
const TOTALS = 'region,total\nGrüße,60\n';
const REPORT = {
  then: {
    steps: [
      {
        code_interpreter: {
          input: 'write_totals()',
          outputs: [{ logs: 'done\n' }, { file: { name: 'totals.csv', text: TOTALS } }],
        },
      },
      { reply: `Download [the totals](${PATH}).` },
    ],
  },
};

async function download(sdk, id) {
  return Buffer.from(await (await sdk.files.content(id)).arrayBuffer());
}

async function withData(sdk, question) {
  const { id } = await sdk.upload('sales.csv', CSV);
  const assistant = await sdk.assistant({ tools: TOOLS });
  const attachments = [{ file_id: id, tools: TOOLS }];
  const thread = await sdk.threads.create({ messages: [{ role: 'user', content: question, attachments }] });
  assert.deepEqual(thread.tool_resources.code_interpreter.file_ids, [id]);
  return [assistant, thread];
}

async function checkPicture(sdk, id) {
  const file = await sdk.files.retrieve(id);
  assert.equal(file.purpose, 'assistants_output');
  const content = await download(sdk, id);
  assert.deepEqual([content.subarray(1, 4).toString(), content.length], ['PNG', file.bytes]);
}

/** Figures of an attached table are really computed; the chart is a picture that can be downloaded. */
export async function attachedData(sdk) {
  const [assistant, thread] = await withData(sdk, 'Draw a bar chart of the amount by region.');
  const run = await awake(() => sdk.runs.createAndPoll(thread.id, { assistant_id: assistant.id }));
  assert.equal(run.status, 'completed');
  const [ran, said] = await every(sdk.steps(thread.id, run.id));
  assert.deepEqual([ran.type, said.type], ['tool_calls', 'message_creation']);
  const { input, outputs: [logs, image] } = ran.step_details.tool_calls[0].code_interpreter;
  assert.match(input, /csv/);
  assert.match(logs.logs, /amount/);
  const [answer] = await answers(sdk, run);
  assert.deepEqual(answer.content.map((part) => part.type), ['image_file', 'text']);
  assert.equal(answer.content[0].image_file.file_id, image.image.file_id);
  for (const words of ['3 rows', '2 columns', 'from 10 to 30', 'mean 20']) {
    assert.ok(answer.content[1].text.value.includes(words), words);
  }
  await checkPicture(sdk, image.image.file_id);
}

export async function chartStreamed(sdk) {
  const [assistant, thread] = await withData(sdk, 'Draw a bar chart of the amount by region.');
  const stream = sdk.runs.stream(thread.id, { assistant_id: assistant.id });
  const pictures = [];
  stream.on('imageFileDone', (picture) => pictures.push(picture.file_id));
  await checkFinal(sdk, stream);
  const [message] = await stream.finalMessages();
  assert.deepEqual(pictures, [message.content[0].image_file.file_id]);
  await checkPicture(sdk, pictures[0]);
}

function pathOf({ value, annotations: [annotation, ...more] }) {
  assert.deepEqual([annotation.type, annotation.text, more], ['file_path', PATH, []]);
  assert.equal(value.slice(annotation.start_index, annotation.end_index), PATH);
  return annotation.file_path.file_id;
}

async function checkReport(sdk, id) {
  const file = await sdk.files.retrieve(id);
  assert.deepEqual([file.purpose, file.filename], ['assistants_output', 'totals.csv']);
  assert.equal((await download(sdk, id)).toString(), TOTALS);
  assert.deepEqual(ids(await every(sdk.files.list({ purpose: 'assistants_output' }))), [id]);
}

export async function writtenFile(sdk) {
  await sdk.script(REPORT);
  const [assistant, thread] = [await sdk.assistant({ tools: TOOLS }), await sdk.thread()];
  const run = await awake(() => sdk.runs.createAndPoll(thread.id, { assistant_id: assistant.id }));
  const [answer] = await answers(sdk, run);
  const id = pathOf(answer.content[0].text);
  await checkReport(sdk, id);
  assert.equal((await sdk.delete(sdk.files, id)).deleted, true);
}

export async function writtenFileStreamed(sdk) {
  await sdk.script(REPORT);
  const [assistant, thread] = [await sdk.assistant({ tools: TOOLS }), await sdk.thread()];
  const stream = sdk.runs.stream(thread.id, { assistant_id: assistant.id });
  await checkFinal(sdk, stream);
  const [message] = await stream.finalMessages();
  await checkReport(sdk, pathOf(message.content[0].text));
}
