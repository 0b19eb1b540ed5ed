import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUFFER_BYTES, MAX_LENT_BYTES, makeBufferPool, SMALL_BUFFER_BYTES } from './buffer-pool.ts';

test('lends large buffers up to a limit and small ones beyond', () => {
  const pool = makeBufferPool(2);
  const taken = Array.from({ length: MAX_LENT_BYTES / BUFFER_BYTES + 44 }, () => pool.take());
  const large = taken.filter((buffer) => buffer.length === BUFFER_BYTES);
  assert.equal(large.length * BUFFER_BYTES, MAX_LENT_BYTES);
  assert.ok(taken.slice(large.length).every((buffer) => buffer.length === SMALL_BUFFER_BYTES));
  for (const buffer of taken.slice(large.length)) pool.give(buffer);
  assert.equal(pool.take().length, SMALL_BUFFER_BYTES, 'small ones make no room');
  const [first, second] = large;
  assert.ok(first !== undefined && second !== undefined);
  pool.give(first);
  pool.give(second);
  assert.equal(pool.take(), second, 'what was given last is used first');
  assert.equal(pool.take(), first);
  assert.equal(pool.take().length, SMALL_BUFFER_BYTES);
});
