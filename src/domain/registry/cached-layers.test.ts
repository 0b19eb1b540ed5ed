// The memory of layers, through the registry's door on real stores: what a repository lost is not found any more.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { blob } from '../../../test/helpers/images.ts';
import {
  fileOf,
  GRACE_MS,
  openRegistryStores,
  type RegistryStores,
} from '../../../test/helpers/registry-stores.ts';
import { isDomainError } from '../errors.ts';

let stores: RegistryStores;
before(async () => {
  stores = await openRegistryStores();
});
after(() => stores.close());

const notFound = (error: unknown) => isDomainError(error, 'BlobNotFound');

/** A layer of two repositories, of which both were asked. */
async function remembered() {
  const layer = blob(randomBytes(1000));
  const [one, other] = [await stores.repository(), await stores.repository()];
  for (const name of [one, other]) {
    await stores.upload(name, layer);
    assert.equal((await stores.registry.layers.find(name, layer.digest)).sizeBytes, 1000);
  }
  return { layer, one, other };
}

test('one that was deleted, by the repository that it was deleted from', async () => {
  const { layer, one, other } = await remembered();
  await stores.registry.layers.delete(one, layer.digest);
  await assert.rejects(stores.registry.layers.find(one, layer.digest), notFound);
  assert.equal((await stores.registry.layers.find(other, layer.digest)).sizeBytes, 1000);
  await stores.upload(one, layer);
  assert.equal((await stores.registry.layers.find(one, layer.digest)).sizeBytes, 1000);
});

test('one that was collected', async () => {
  const { layer, one, other } = await remembered();
  stores.clock.time += 2 * GRACE_MS;
  await stores.registry.collector.collect({ graceMs: GRACE_MS });
  for (const name of [one, other])
    await assert.rejects(stores.registry.layers.find(name, layer.digest), notFound);
});

test('one that was found damaged, by each repository that holds it', async () => {
  const { layer, one, other } = await remembered();
  await rm(fileOf(stores, layer.digest));
  await stores.registry.scrubber.scrub({
    scope: 'all',
    signal: new AbortController().signal,
    onProgress: () => {},
  });
  for (const name of [one, other])
    await assert.rejects(stores.registry.layers.find(name, layer.digest), notFound);
});
