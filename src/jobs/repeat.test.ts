import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { repeat } from './repeat.ts';

test('runs again and again, one run at a time, until it is stopped', async () => {
  let running = 0;
  let runs = 0;
  const enough = Promise.withResolvers<void>();
  const repetition = repeat(
    10,
    async () => {
      running += 1;
      assert.equal(running, 1);
      await sleep(15);
      running -= 1;
      runs += 1;
      if (runs === 3) enough.resolve();
    },
    (error) => enough.reject(error),
  );
  await enough.promise;
  await repetition.stop();
  assert.equal(running, 0);
  const before = runs;
  await sleep(60);
  assert.equal(runs, before);
});

test('a run that fails is told of, and the next one comes', async () => {
  const errors: unknown[] = [];
  const again = Promise.withResolvers<void>();
  let runs = 0;
  const repetition = repeat(
    5,
    async () => {
      runs += 1;
      if (runs === 2) again.resolve();
      else throw new Error('disk is full');
    },
    (error) => errors.push(error),
  );
  await again.promise;
  await repetition.stop();
  assert.match(String(errors[0]), /disk is full/);
});

test('a stop waits for the run under way', async () => {
  const started = Promise.withResolvers<void>();
  let ended = false;
  const repetition = repeat(
    1,
    async () => {
      started.resolve();
      await sleep(30);
      ended = true;
    },
    () => {},
  );
  await started.promise;
  await repetition.stop();
  assert.ok(ended);
});
