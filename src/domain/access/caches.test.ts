import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tx } from '../storage.ts';
import { makeAccessCaches } from './caches.ts';

/** A transaction that is durable when the test says so. */
function transaction() {
  const callbacks: (() => void)[] = [];
  const tx = { onCommit: (callback: () => void) => callbacks.push(callback) } as unknown as Tx;
  return { tx, commit: () => callbacks.forEach((callback) => callback()) };
}

test('a value is loaded once, until something changes', async () => {
  const caches = makeAccessCaches();
  const kept = caches.make<{ n: number }>(10);
  let loads = 0;
  const load = async () => ({ n: (loads += 1) });
  await kept('a', load);
  assert.deepEqual(await kept('a', load), { n: 1 });
  const { tx, commit } = transaction();
  caches.changed(tx);
  assert.deepEqual(await kept('a', load), { n: 1 }, 'the change is not durable yet');
  commit();
  assert.deepEqual(await kept('a', load), { n: 2 });
});

test('what was read before a change and arrives after it is not kept', async () => {
  const caches = makeAccessCaches();
  const kept = caches.make<{ status: string }>(10);
  const reading = Promise.withResolvers<{ status: string }>();
  const early = kept('key', () => reading.promise);
  const { tx, commit } = transaction();
  caches.changed(tx);
  commit();
  reading.resolve({ status: 'Active' });
  assert.deepEqual(await early, { status: 'Active' });
  assert.deepEqual(await kept('key', async () => ({ status: 'Inactive' })), { status: 'Inactive' });
});

test('a change of one thing empties what is derived from others, and nothing grows without bound', async () => {
  const caches = makeAccessCaches();
  const [one, two] = [caches.make<object>(2), caches.make<object>(2)];
  const first = await one('a', async () => ({}));
  for (const key of ['b', 'c']) await one(key, async () => ({}));
  assert.notEqual(await one('a', async () => ({})), first, 'the oldest went');
  const other = await two('x', async () => ({}));
  const { tx, commit } = transaction();
  caches.changed(tx);
  commit();
  assert.notEqual(await two('x', async () => ({})), other);
});

test('what is not there is asked for each time', async () => {
  const kept = makeAccessCaches().make<object>(10);
  let asked = 0;
  const load = async () => {
    asked += 1;
    return undefined;
  };
  for (let n = 0; n < 3; n += 1) assert.equal(await kept('nobody', load), undefined);
  assert.equal(asked, 3);
});
