import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../shared/digest.ts';
import { makeDigestLocks } from './digest-locks.ts';

const a = digestOf(Buffer.from('a'));
const b = digestOf(Buffer.from('b'));

test('a digest is held by one at a time, in the order of asking; others are not held up', async () => {
  const locks = makeDigestLocks();
  const order: string[] = [];
  const first = Promise.withResolvers<void>();
  const all = [
    locks.hold(a, async () => {
      await first.promise;
      order.push('a1');
    }),
    locks.hold(a, async () => {
      order.push('a2');
    }),
    locks.hold(a, async () => {
      order.push('a3');
    }),
  ];
  await locks.hold(b, async () => {
    order.push('b');
  });
  assert.deepEqual(order, ['b']);
  first.resolve();
  await Promise.all(all);
  assert.deepEqual(order, ['b', 'a1', 'a2', 'a3']);
});

test('work that throws lets go', async () => {
  const locks = makeDigestLocks();
  await assert.rejects(
    locks.hold(a, () => Promise.reject(new Error('no'))),
    /no/,
  );
  await assert.rejects(
    locks.holdFree([a], () => Promise.reject(new Error('no'))),
    /no/,
  );
  assert.equal(await locks.hold(a, async () => 1), 1);
});

test('holdFree leaves out what is held, and makes others wait for what it took', async () => {
  const locks = makeDigestLocks();
  const order: string[] = [];
  const busy = Promise.withResolvers<void>();
  const held = locks.hold(a, () => busy.promise);
  const free = Promise.withResolvers<void>();
  const collecting = locks.holdFree([a, b, b], async (got) => {
    assert.deepEqual(got, [b]);
    await free.promise;
    order.push('collected');
  });
  const waiting = locks.hold(b, async () => {
    order.push('b');
  });
  free.resolve();
  await Promise.all([collecting, waiting]);
  assert.deepEqual(order, ['collected', 'b']);
  busy.resolve();
  await held;
});
