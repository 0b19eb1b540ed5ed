import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeSigningTime } from './signing-time.ts';

test('the signing time is in whole seconds and never goes back when the clock does', () => {
  let now = 1_800_000_000_900;
  const time = makeSigningTime({ now: () => now });
  assert.equal(time(0), 1_800_000_000);
  now -= 3_600_000;
  assert.equal(time(0), 1_800_000_000);
  now = 1_800_000_005_000;
  assert.equal(time(0), 1_800_000_005);
});

test('it is never before the certificate begins', () => {
  const time = makeSigningTime({ now: () => 1_000_000 });
  assert.equal(time(2_000_500), 2001);
});
