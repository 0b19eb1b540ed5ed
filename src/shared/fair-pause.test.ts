import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeFairPause } from './fair-pause.ts';

/** Holds the thread for so many ms. */
function work(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

test('a pause waits for as long as was worked, and not at all after little work', async () => {
  const waits: number[] = [];
  const pause = makeFairPause(async (ms) => void waits.push(ms));
  await pause();
  assert.deepEqual(waits, []);
  work(12);
  await pause();
  assert.ok(waits.length === 1 && (waits[0] ?? 0) >= 12, waits.join());
  await pause();
  assert.equal(waits.length, 1);
  for (let n = 0; n < 6; n += 1) {
    work(1);
    await pause();
  }
  assert.equal(waits.length, 2, 'short work is saved up');
});

test('a pause after a long time is short all the same', async () => {
  const waits: number[] = [];
  const pause = makeFairPause(async (ms) => void waits.push(ms));
  work(80);
  await pause();
  assert.deepEqual(waits, [50]);
});
