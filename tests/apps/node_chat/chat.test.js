import assert from 'node:assert/strict';
import test from 'node:test';
import { ask } from './chat.js';

test('the capital of France', async () => {
  assert.equal(await ask('What is the capital of France?'), 'Paris.');
});
