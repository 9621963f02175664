// One Node SDK as the checks see it, and the control door beside it.
//
// From version 5 on, what lies inside a thread or a store is named by its own id first and the rest as
// parameters; before that every id was an argument, outermost first, and `delete` was called `del`.

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
    this.files = this.client.files;
    this.uploads = this.client.uploads;
    this.stores = this.client.vectorStores ?? this.client.beta.vectorStores;
    this.toFile = openai.toFile;
  }

  other(options) {
    const given = { baseURL: this.baseURL, apiKey: this.apiKey, maxRetries: 0, timeout: 20_000, ...options };
    return new this.openai.OpenAI(given);
  }

  // Calls whose arguments changed.

  within(method, resource, outer, id, body, name = 'thread_id') {
    if (this.major < 5) return body ? resource[method](outer, id, body) : resource[method](outer, id);
    return resource[method](id, { [name]: outer, ...body });
  }

  inStore(method, resource, store, id, body) {
    return this.within(method, resource, store, id, body, 'vector_store_id');
  }

  detach(store, file) {
    return this.inStore(this.major < 5 ? 'del' : 'delete', this.stores.files, store, file);
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

  newWorld(settings = {}) {
    return this.door('POST', '/world', settings);
  }

  script(...rules) {
    return this.door('POST', '/replies', rules);
  }

  advance(seconds) {
    return this.door('POST', '/clock/advance', { seconds });
  }

  // Something to work with.

  needs(resource, method) {
    if (typeof resource[method] === 'function') return;
    throw new Skip(`this SDK's ${resource.constructor.name} has no \`${method}\``);
  }

  /** A file to hand over: a name with a text or bytes. */
  document(name, content) {
    return this.toFile(Buffer.from(content), name);
  }

  async upload(name, content, purpose = 'assistants') {
    return this.files.create({ file: await this.document(name, content), purpose });
  }

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

/** The messages of a run, oldest first. */
export async function answers(sdk, run) {
  const found = await every(sdk.messages.list(run.thread_id, { order: 'asc' }));
  return found.filter((message) => message.run_id === run.id);
}

/**
 * What an action gives that must not sleep: in virtual time a poll helper has nothing to wait for.
 *
 * A sleep is a timer that goes off; those of requests and connections are taken back before they do.
 */
export async function awake(action) {
  const { setTimeout } = globalThis;
  const slept = [];
  globalThis.setTimeout = (callback, delay, ...rest) => {
    const timed = (...given) => {
      if (delay > 0) slept.push(delay);
      return callback(...given);
    };
    return setTimeout(timed, delay, ...rest);
  };
  try {
    const given = await action();
    assert.deepEqual(slept, []);
    return given;
  } finally {
    globalThis.setTimeout = setTimeout;
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
