import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CertificateNotYetValid, makeSigningTime } from './signing-time.ts';

test('the signing time is what the clock shows, in whole seconds, also when it went back', () => {
  let now = 1_800_000_000_900;
  const time = makeSigningTime({ now: () => now });
  assert.equal(time(0).signingTime, 1_800_000_000);
  now -= 3_600_000;
  assert.deepEqual(time(0), { signingTime: 1_799_996_400, now });
});

test('there is none before the certificates begin', () => {
  const time = makeSigningTime({ now: () => 2_000_999 });
  assert.equal(time(2_000_000).signingTime, 2000);
  assert.throws(() => time(2_001_000), CertificateNotYetValid);
});
