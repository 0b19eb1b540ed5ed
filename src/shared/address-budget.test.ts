import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeAddressBudget } from './address-budget.ts';

function budget() {
  const clock = { ms: 0 };
  const made = makeAddressBudget({
    perAddress: { atOnce: 5, perSecond: 1 },
    together: { atOnce: 1000, perSecond: 10 },
    now: () => clock.ms,
  });
  const taken = (address: string, times: number) =>
    Array.from({ length: times }, () => made.take(address)).filter(Boolean).length;
  return { clock, taken, takeSuppressed: () => made.takeSuppressed() };
}

test('an address has so much at once and so much a second, and takes nothing of another', () => {
  const { taken, clock, takeSuppressed } = budget();
  assert.equal(taken('192.0.2.1', 100), 5);
  assert.equal(taken('192.0.2.2', 5), 5);
  clock.ms += 2000;
  assert.equal(taken('192.0.2.1', 100), 2);
  clock.ms -= 5000;
  assert.equal(taken('192.0.2.1', 100), 0);
  assert.deepEqual(takeSuppressed(), {
    count: 293,
    most: [{ address: '192.0.2.1', count: 293 }],
    ofOthers: 0,
  });
  assert.equal(takeSuppressed(), undefined);
});

test('a /64 network of IPv6 is one address', () => {
  const { taken } = budget();
  for (let host = 0; host < 5; host += 1) assert.equal(taken(`2001:db8::${host}`, 1), 1);
  assert.equal(taken('2001:db8::ffff', 1), 0);
  assert.equal(taken('2001:db8:0:1::1', 1), 1);
});

test('all addresses together are bounded, and so is what is remembered of them', () => {
  const { taken, takeSuppressed } = budget();
  let written = 0;
  for (let address = 0; address < 30_000; address += 1)
    written += taken(`10.${address >> 16}.${(address >> 8) & 255}.${address & 255}`, 2);
  assert.equal(written, 1000);
  const suppressed = takeSuppressed();
  assert.equal(suppressed?.count, 59_000);
  assert.equal(suppressed.most.length, 10);
  assert.equal(suppressed.ofOthers, 59_000 - 20);
});
