import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeCommittedCache } from './committed-cache.ts';
import type { Reader, Tx } from './storage.ts';

/** A transaction whose end the test decides. */
function transaction(): { tx: Tx; commit: () => void } {
  const callbacks: (() => void)[] = [];
  const tx = { onCommit: (callback: () => void) => void callbacks.push(callback) } as unknown as Tx;
  return { tx, commit: () => callbacks.forEach((callback) => callback()) };
}

const reader = {} as Reader;
const loads = (value: string) => async () => value;

test('a row read by a transaction is kept after its commit', async () => {
  const cache = makeCommittedCache<string>(10);
  const { tx, commit } = transaction();
  assert.equal(await cache.inTx(tx, 'k', loads('one')), 'one');
  commit();
  assert.equal(await cache.read(reader, 'k', loads('two')), 'one');
});

test('a row read by a transaction that rolls back is not kept', async () => {
  const cache = makeCommittedCache<string>(10);
  await cache.inTx(transaction().tx, 'k', loads('rolled back'));
  assert.equal(await cache.read(reader, 'k', loads('committed')), 'committed');
});

test('a change that commits drops the row; one that rolls back leaves it', async () => {
  const cache = makeCommittedCache<string>(10);
  await cache.read(reader, 'k', loads('old'));
  cache.changed(transaction().tx, 'k');
  assert.equal(await cache.read(reader, 'k', loads('new')), 'old');
  const change = transaction();
  cache.changed(change.tx, 'k');
  change.commit();
  assert.equal(await cache.read(reader, 'k', loads('new')), 'new');
});

test('a row read before a change and offered after it is not kept', async () => {
  const cache = makeCommittedCache<string>(10);
  const early = transaction();
  await cache.inTx(early.tx, 'k', loads('old'));
  const change = transaction();
  cache.changed(change.tx, 'k');
  change.commit();
  early.commit();
  assert.equal(await cache.read(reader, 'k', loads('new')), 'new');

  const cold = makeCommittedCache<string>(10);
  const slow = Promise.withResolvers<string>();
  const reading = cold.read(reader, 'k', () => slow.promise);
  const second = transaction();
  cold.changed(second.tx, 'k');
  second.commit();
  slow.resolve('old');
  assert.equal(await reading, 'old');
  assert.equal(await cold.read(reader, 'k', loads('new')), 'new');
});

test('it holds no more rows than its limit', async () => {
  const cache = makeCommittedCache<string>(2);
  for (const key of ['a', 'b', 'c']) await cache.read(reader, key, loads(key));
  assert.equal(await cache.read(reader, 'a', loads('read again')), 'read again');
  assert.equal(await cache.read(reader, 'c', loads('read again')), 'c');
});

test('what is not there is not kept', async () => {
  const cache = makeCommittedCache<string | undefined>(10);
  assert.equal(await cache.read(reader, 'k', async () => undefined), undefined);
  assert.equal(await cache.read(reader, 'k', loads('made since')), 'made since');
});

test('a change of unknown reach drops every row once it commits', async () => {
  const cache = makeCommittedCache<string>(10);
  for (const key of ['a', 'b']) await cache.read(reader, key, loads('old'));
  const { tx, commit } = transaction();
  cache.allChanged(tx);
  assert.equal(await cache.read(reader, 'a', loads('new')), 'old');
  commit();
  for (const key of ['a', 'b']) assert.equal(await cache.read(reader, key, loads('new')), 'new');
});

test('what is not to be kept is read each time', async () => {
  const cache = makeCommittedCache<string>(10, (value) => value.length < 4);
  assert.equal(await cache.read(reader, 'k', loads('large')), 'large');
  assert.equal(await cache.read(reader, 'k', loads('one')), 'one');
  assert.equal(await cache.read(reader, 'k', loads('two')), 'one');
});
