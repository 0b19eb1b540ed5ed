// What opening a layer gives, on real stores.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { blob } from '../../../test/helpers/images.ts';
import { caller, openRegistryStores, type RegistryStores } from '../../../test/helpers/registry-stores.ts';
import { type Digest, digestHex } from '../../shared/digest.ts';
import { isDomainError } from '../errors.ts';

let stores: RegistryStores;
before(async () => {
  stores = await openRegistryStores();
});
after(() => stores.close());

const fileOf = (digest: Digest) =>
  join(stores.directory, 'blobs', 'sha256', digestHex(digest).slice(0, 2), digestHex(digest));

/** A layer that came as a client's does, in a repository of its own. */
async function pushed(sizeBytes: number) {
  const of = { name: await stores.repository(), layer: blob(randomBytes(sizeBytes)) };
  await push(of);
  return of;
}

async function push({ name, layer }: Awaited<ReturnType<typeof pushed>>): Promise<void> {
  const { id } = await stores.registry.uploads.begin(name, caller.principal);
  const source = {
    forEach: async (take: (chunk: Uint8Array) => Promise<void> | undefined) => {
      await take(layer.bytes);
    },
  };
  await stores.registry.uploads.complete(name, id, layer.digest, { source });
}

async function opened(of: Awaited<ReturnType<typeof pushed>>): Promise<Buffer> {
  const reader = await stores.registry.layers.open(of.name, of.layer.digest);
  const bytes = Buffer.alloc(reader.sizeBytes);
  await reader.read(bytes, 0);
  reader.close();
  return bytes;
}

test('a small layer that was read is read again without its file, by those who hold it alone', async () => {
  const of = await pushed(1000);
  assert.deepEqual(await opened(of), of.layer.bytes);
  await rm(fileOf(of.layer.digest));
  assert.deepEqual(await opened(of), of.layer.bytes);
  const other = await stores.repository();
  await assert.rejects(stores.registry.layers.open(other, of.layer.digest), (error) =>
    isDomainError(error, 'BlobNotFound'),
  );
  await stores.registry.layers.delete(of.name, of.layer.digest);
  await assert.rejects(opened(of), (error) => isDomainError(error, 'BlobNotFound'));
});

test('a small layer whose file has other content is refused, and given out when it is pushed again', async () => {
  const of = await pushed(1000);
  await writeFile(fileOf(of.layer.digest), randomBytes(1000));
  await assert.rejects(opened(of), (error) => isDomainError(error, 'StorageUnavailable'));
  await push(of);
  assert.deepEqual(await opened(of), of.layer.bytes);
});

test('a large layer whose file is shorter than it must be is refused', async () => {
  const of = await pushed(100_000);
  await writeFile(fileOf(of.layer.digest), of.layer.bytes.subarray(1));
  await assert.rejects(opened(of), (error) => isDomainError(error, 'StorageUnavailable'));
});
