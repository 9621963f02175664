// Loaded before a program of a page: whoever sleeps by `node:timers/promises` moves the world's clock instead.
//
// The SDK's own timers are left alone: it measures with them how long it waits for an answer.

import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';

const { OPENAI_BASE_URL, OPENAI_API_KEY } = process.env;
const door = `${OPENAI_BASE_URL.replace(/\/v1$/, '')}/_mock/clock/advance`;

timers.setTimeout = async (milliseconds = 1, value = undefined) => {
  const answer = await fetch(door, {
    method: 'POST',
    headers: { Authorization: `Bearer ${OPENAI_API_KEY}` },
    body: JSON.stringify({ seconds: milliseconds / 1000 }),
  });
  if (!answer.ok) throw new Error(`the clock stands still: ${await answer.text()}`);
  return value;
};
syncBuiltinESMExports();
