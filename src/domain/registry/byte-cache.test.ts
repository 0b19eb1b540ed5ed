import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../shared/digest.ts';
import { ByteCache } from './byte-cache.ts';

const entry = (seed: number, length: number) => {
  const bytes = new Uint8Array(length).fill(seed);
  return { digest: digestOf(bytes), bytes };
};

test('the least recently used entries make room', () => {
  const cache = new ByteCache(1600);
  const entries = Array.from({ length: 17 }, (_, at) => entry(at, 100));
  const [first, second] = entries;
  assert.ok(first && second);
  for (const { digest, bytes } of entries.slice(0, 16)) cache.add(digest, bytes);
  assert.equal(cache.get(first.digest)?.length, 100);
  for (const { digest, bytes } of entries.slice(16)) cache.add(digest, bytes);
  assert.equal(cache.get(second.digest), undefined);
  assert.equal(cache.get(first.digest)?.length, 100);
});

test('an entry that would push many others out is not kept', () => {
  const cache = new ByteCache(1600);
  const { digest, bytes } = entry(1, 101);
  cache.add(digest, bytes);
  assert.equal(cache.get(digest), undefined);
});
