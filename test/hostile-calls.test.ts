// A few thousand random calls with hostile shapes over all surfaces; `npm run test:hostile` makes as many as one likes.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { runHostileCalls } from './hostile/run.ts';

const CALLS = 4000;

test('hostile calls get no 5xx, no refusal beyond its bound, and always an answer', async (context) => {
  const seed = randomInt(2 ** 31);
  context.diagnostic(`seed ${seed}`);
  const run = await runHostileCalls({ seed, calls: CALLS });
  assert.deepEqual(run.violations, [], `npm run test:hostile -- --calls ${CALLS} --seed ${seed}`);
  assert.equal(run.calls, CALLS);
  // The calls are of use only while many of them get through.
  const taken = Object.entries(run.statuses).reduce((sum, [status, n]) => sum + (status < '3' ? n : 0), 0);
  assert.ok(taken > CALLS / 20, JSON.stringify(run.statuses));
});
