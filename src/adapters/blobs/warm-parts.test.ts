import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeWarmParts, PART_BYTES } from './warm-parts.ts';

const GIB = 2 ** 30;

test('what was read whole is warm for a minute', () => {
  let now = 5;
  const file = makeWarmParts(() => now).of('file', 3 * PART_BYTES + 10);
  assert.equal(file.isWarm(0, 1), false);
  file.wasRead(0, 2 * PART_BYTES);
  assert.ok(file.isWarm(0, 2 * PART_BYTES));
  assert.ok(file.isWarm(100, 200));
  assert.equal(file.isWarm(0, 2 * PART_BYTES + 1), false);
  now += 59_000;
  assert.ok(file.isWarm(0, 2 * PART_BYTES));
  file.wasRead(PART_BYTES, 2 * PART_BYTES);
  now += 3000;
  assert.equal(file.isWarm(0, 1), false);
  assert.ok(file.isWarm(PART_BYTES, 2 * PART_BYTES));
});

test('a part that was read in pieces is not known to be whole, but for the end of the file', () => {
  const file = makeWarmParts(() => 0).of('file', 2 * PART_BYTES + 10);
  file.wasRead(1, PART_BYTES + 1);
  assert.equal(file.isWarm(1, 2), false);
  assert.equal(file.isWarm(PART_BYTES, PART_BYTES + 1), false);
  file.wasRead(2 * PART_BYTES, 2 * PART_BYTES + 10);
  assert.ok(file.isWarm(2 * PART_BYTES, 2 * PART_BYTES + 10));
});

test('what took long to read is cold, and so is what comes behind it', () => {
  const file = makeWarmParts(() => 0).of('file', 100 * PART_BYTES);
  file.wasRead(0, 100 * PART_BYTES);
  file.cool(2 * PART_BYTES + 1);
  assert.ok(file.isWarm(0, 2 * PART_BYTES));
  assert.equal(file.isWarm(2 * PART_BYTES, 2 * PART_BYTES + 1), false);
  assert.equal(file.isWarm(65 * PART_BYTES, 65 * PART_BYTES + 1), false);
  assert.ok(file.isWarm(66 * PART_BYTES, 100 * PART_BYTES));
});

test('remembers a bounded number of parts, of the files that were opened last', () => {
  const parts = makeWarmParts(() => 0);
  const read = (identity: string, size: number) => parts.of(identity, size).wasRead(0, size);
  const warm = (identity: string, size: number) => parts.of(identity, size).isWarm(0, size);
  for (const identity of ['a', 'b', 'c', 'd']) read(identity, 16 * GIB);
  assert.ok(warm('a', 16 * GIB));
  read('e', GIB);
  assert.ok(warm('a', 16 * GIB), 'opened a moment ago');
  assert.equal(warm('b', 16 * GIB), false);
});

test('of a file that is larger than all that can be remembered the beginning is', () => {
  const parts = makeWarmParts(() => 0);
  const file = parts.of('huge', 100 * GIB);
  file.wasRead(0, 100 * GIB);
  assert.ok(file.isWarm(0, 64 * GIB));
  assert.equal(file.isWarm(64 * GIB, 64 * GIB + 1), false);
  parts.of('small', 10).wasRead(0, 10);
  assert.ok(parts.of('small', 10).isWarm(0, 10));
  assert.equal(parts.of('huge', 100 * GIB).isWarm(0, 1), false);
});
