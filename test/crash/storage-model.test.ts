// The short form of the storage model (test/model); `npm run test:soak -- --minutes 60` is the long one.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { runModel } from '../model/run.ts';

test('random work, collections, expiry and kills: nothing is lost, nothing is left over', async (t) => {
  const seed = randomInt(2 ** 31);
  t.diagnostic(`seed ${seed}: again with npm run test:soak -- --minutes 1 --seed ${seed}`);
  const run = await runModel({ seed, durationMs: 20_000, stepsToCheckpoint: 1500 });
  t.diagnostic(JSON.stringify(run));
  assert.ok(run.steps > 300, `only ${run.steps} steps`);
  assert.ok(run.collections >= 3 && run.collected > 0, `${run.collections} collections`);
});
