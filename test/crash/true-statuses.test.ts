// The short form of the model of signing statuses (test/model/statuses); `npm run test:statuses` is the long one.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { runStatuses } from '../model/statuses/run.ts';

const PUSHES = 40;

test('40 pushes under kills, with signatures revoked, deleted and damaged: every status is true', async (t) => {
  const seed = randomInt(2 ** 31);
  t.diagnostic(`seed ${seed}: again with npm run test:statuses -- --pushes ${PUSHES} --seed ${seed}`);
  const run = await runStatuses({ seed, pushes: PUSHES });
  t.diagnostic(JSON.stringify(run));
  assert.ok(run.kills >= 3, `only ${run.kills} kills`);
  assert.equal(run.ends['SIGNATURE_REVOKED'], Math.ceil(PUSHES / 3));
  assert.equal(run.ends['SIGNATURE_DELETED'], 1);
});
