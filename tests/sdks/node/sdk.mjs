// One Node SDK as the checks see it, and the control door beside it.
//
// From version 5 on, what lies inside a thread is named by its own id first and the rest as parameters;
// before that every id was an argument, outermost first, and `delete` was called `del`.

import assert from 'node:assert/strict';

export const MODEL = 'gpt-4o';

export class Skip extends Error {}

export class Sdk {
  constructor(openai, version, baseURL, apiKey, lockedURL) {
    this.openai = openai;
    this.baseURL = baseURL;
    this.apiKey = apiKey;
    this.lockedURL = lockedURL;
    [this.major, this.minor] = version.split('.').map(Number);
    this.notes = [];
    this.client = this.other({});
    this.assistants = this.client.beta.assistants;
    this.threads = this.client.beta.threads;
    this.messages = this.threads.messages;
    this.runs = this.threads.runs;
  }

  other(options) {
    const given = { baseURL: this.baseURL, apiKey: this.apiKey, maxRetries: 0, timeout: 20_000, ...options };
    return new this.openai.OpenAI(given);
  }

  // Calls whose arguments changed.

  within(method, resource, thread, id, body) {
    if (this.major < 5) return body ? resource[method](thread, id, body) : resource[method](thread, id);
    return resource[method](id, { thread_id: thread, ...body });
  }

  retrieveRun(thread, run) {
    return this.within('retrieve', this.runs, thread, run);
  }

  updateRun(thread, run, body) {
    return this.within('update', this.runs, thread, run, body);
  }

  cancelRun(thread, run) {
    return this.within('cancel', this.runs, thread, run);
  }

  poll(thread, run) {
    return this.within('poll', this.runs, thread, run);
  }

  submit(thread, run, body) {
    return this.within('submitToolOutputs', this.runs, thread, run, body);
  }

  submitAndPoll(thread, run, body) {
    return this.within('submitToolOutputsAndPoll', this.runs, thread, run, body);
  }

  submitStream(thread, run, body) {
    return this.within('submitToolOutputsStream', this.runs, thread, run, body);
  }

  retrieveMessage(thread, message) {
    return this.within('retrieve', this.messages, thread, message);
  }

  updateMessage(thread, message, body) {
    return this.within('update', this.messages, thread, message, body);
  }

  deleteMessage(thread, message) {
    return this.within(this.major < 5 ? 'del' : 'delete', this.messages, thread, message);
  }

  steps(thread, run, query = {}) {
    return this.within('list', this.runs.steps, thread, run, { order: 'asc', ...query });
  }

  retrieveStep(thread, run, step) {
    if (this.major < 5) return this.runs.steps.retrieve(thread, run, step);
    return this.runs.steps.retrieve(step, { thread_id: thread, run_id: run });
  }

  delete(resource, id) {
    return this.major < 5 ? resource.del(id) : resource.delete(id);
  }

  // The world.

  async door(method, path, body) {
    const headers = { authorization: `Bearer ${this.apiKey}`, 'content-type': 'application/json' };
    const address = this.baseURL.replace(/\/v1$/, '') + '/_mock' + path;
    const response = await fetch(address, { method, headers, body: JSON.stringify(body) });
    const text = await response.text();
    assert.ok(response.ok, `${method} /_mock${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }

  newWorld() {
    return this.door('POST', '/world', {});
  }

  script(...rules) {
    return this.door('POST', '/replies', rules);
  }

  advance(seconds) {
    return this.door('POST', '/clock/advance', { seconds });
  }

  // Something to work with.

  assistant(options = {}) {
    return this.assistants.create({ model: MODEL, name: 'Ada', ...options });
  }

  thread(text = 'What is the capital of France?') {
    return this.threads.create({ messages: [{ role: 'user', content: text }] });
  }

  async refused(kind, call) {
    try {
      await call();
    } catch (error) {
      if (error instanceof this.openai[kind]) return error;
      throw error;
    }
    assert.fail(`no ${kind}`);
  }
}

/** All that a page with those after it, or a stream, gives. */
export async function every(source) {
  const found = [];
  for await (const item of source) found.push(item);
  return found;
}

export const ids = (objects) => objects.map((one) => one.id);
export const textOf = (message) => message.content[0].text.value;
