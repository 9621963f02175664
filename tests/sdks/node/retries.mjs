// How often the SDK repeats a call by itself, as the journal counts it, and how long it waits in between.
//
// Most of it runs in real time, where only the headers of the real API are sent. Nobody sleeps: the SDK's sleep
// ends at once, and its length is compared with what it was told.

import assert from 'node:assert/strict';

const RETRIED = {
  '429(header=false)': 'RateLimitError',
  '429_quota': 'RateLimitError',
  409: 'ConflictError',
  500: 'InternalServerError',
  503: 'InternalServerError',
  lost_ack: 'APIConnectionError',
  reset_before: 'APIConnectionError',
};
const NOT_RETRIED = {
  400: 'BadRequestError',
  401: 'AuthenticationError',
  403: 'PermissionDeniedError',
  sunset_404: 'NotFoundError',
};

/** How long the SDK would have slept, each time. Requests and connections have timers too, which are left alone. */
async function sleepless(action) {
  const { setTimeout } = globalThis;
  const waits = [];
  globalThis.setTimeout = (callback, delay = 0, ...rest) => {
    if (!/\bsleep\b/.test(new Error().stack)) return setTimeout(callback, delay, ...rest);
    waits.push(delay);
    return setTimeout(callback, 0, ...rest);
  };
  try {
    await action();
  } finally {
    globalThis.setTimeout = setTimeout;
  }
  return waits;
}

/** Make a call that meets this fault: the waits. It ends in an error of this kind, or in success. */
async function tried(sdk, fault, kind, more = {}) {
  await sdk.door('DELETE', '/journal');
  await sdk.door('DELETE', '/faults');
  await sdk.door('POST', '/faults', { fault, at: 'threads.create', times: null, ...more });
  const call = () => sdk.threads.create({}, { maxRetries: 2 });
  return sleepless(() => (kind ? sdk.refused(kind, call) : call()));
}

async function attempts(sdk) {
  return (await sdk.door('GET', '/journal?operation=threads.create')).data;
}

/** They double from half a second on, and of each up to a quarter is left out by luck. */
function checkPauses(waits, expected) {
  assert.equal(waits.length, expected);
  waits.forEach((wait, power) => {
    const most = 500 * 2 ** power;
    assert.ok(most * 0.75 <= wait && wait <= most, `${waits}`);
  });
}

export async function retriedAndHowOften(sdk) {
  await sdk.newWorld({ clock: 'real' });
  for (const [fault, kind] of Object.entries(RETRIED)) {
    checkPauses(await tried(sdk, fault, kind), 2);
    const calls = await attempts(sdk);
    assert.deepEqual(calls.map((call) => call.performed), Array(3).fill(fault === 'lost_ack'), fault);
  }
}

export async function notRetried(sdk) {
  await sdk.newWorld({ clock: 'real' });
  for (const [fault, kind] of Object.entries(NOT_RETRIED)) {
    assert.deepEqual(await tried(sdk, fault, kind), []);
    assert.equal((await attempts(sdk)).length, 1, fault);
  }
}

export async function theServerSaysWhetherToRetry(sdk) {
  await sdk.newWorld({ clock: 'real' });
  checkPauses(await tried(sdk, '400(should_retry=true)', 'BadRequestError'), 2);
  assert.equal((await attempts(sdk)).length, 3);
  for (const [fault, kind] of [['429', 'RateLimitError'], ['500', 'InternalServerError']]) {
    assert.deepEqual(await tried(sdk, `${fault}(should_retry=false)`, kind), []);
    assert.equal((await attempts(sdk)).length, 1);
  }
}

export async function retryAfterIsObeyedBelowAMinute(sdk) {
  await sdk.newWorld({ clock: 'real' });
  for (const seconds of [1, 59]) {
    const waits = await tried(sdk, `429(retry_after=${seconds}s)`, null, { times: 1 });
    assert.deepEqual(waits, [seconds * 1000]);
    assert.deepEqual((await attempts(sdk)).map((call) => call.status), [429, 200]);
  }
  // A whole minute is too long for all but the newest.
  const waits = await tried(sdk, '429(retry_after=60s)', null, { times: 1 });
  if (sdk.major < 7) checkPauses(waits, 1);
  else assert.deepEqual(waits, [60_000]);
}

export async function aLongRetryAfterIsNotObeyed(sdk) {
  await sdk.newWorld({ clock: 'real' });
  for (const fault of ['429(retry_after=61s)', '429(retry_after=121s)', '429_long']) {
    checkPauses(await tried(sdk, fault, 'RateLimitError'), 2);
    assert.equal((await attempts(sdk)).length, 3);
  }
}

export async function virtualTimeMovesInstead(sdk) {
  const begin = (await sdk.door('GET', '/clock')).now;
  assert.deepEqual(await tried(sdk, '429(retry_after=20s)', null, { times: 1 }), [1]);
  assert.equal((await sdk.door('GET', '/clock')).now - begin, 20);
}

export async function aRateLimitIsKept(sdk) {
  await sdk.newWorld({ rate_limits: { requests_per_minute: 3 } });
  const waits = await sleepless(async () => {
    for (let i = 0; i < 5; i++) await sdk.threads.create({}, { maxRetries: 2 });
  });
  assert.deepEqual(waits, [1, 1]);
  const statuses = (await attempts(sdk)).map((call) => call.status);
  assert.deepEqual(statuses, [200, 200, 200, 429, 200, 429, 200]);
}
