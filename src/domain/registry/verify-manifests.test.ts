// Damage to what lies in the records themselves, manifests and small layers: found by the read that would give it out and
// by a scrub, told once, never served, healed by a push.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, beforeEach, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { blob, image, index, type TestBlob, type TestImage } from '../../../test/helpers/images.ts';
import { openRegistryStores, type RegistryStores } from '../../../test/helpers/registry-stores.ts';
import type { Digest } from '../../shared/digest.ts';
import { type DomainErrorCode, isDomainError } from '../errors.ts';
import type { ContentFault } from './types.ts';

let stores: RegistryStores;
let name: Awaited<ReturnType<RegistryStores['repository']>>;
before(async () => {
  stores = await openRegistryStores();
});
after(() => stores.close());
beforeEach(async () => {
  stores.damage.length = 0;
  name = await stores.repository();
});

const code = (wanted: DomainErrorCode) => (error: unknown) => isDomainError(error, wanted);

/** Changes records behind the server's back. */
async function harm(sql: string, ...parameters: (string | number | Uint8Array)[]): Promise<void> {
  // What one turn of the event loop reads is of one moment.
  await setImmediate();
  const database = new DatabaseSync(join(stores.directory, 'metadata.db'));
  assert.equal(database.prepare(sql).run(...parameters).changes, 1);
  database.close();
}

const scrub = () =>
  stores.registry.scrubber.scrub({
    scope: 'all',
    signal: new AbortController().signal,
    onProgress: () => {},
  });

const pull = (digest: Digest) => stores.registry.images.get(name, { digest });

/** Stored, and not in memory. */
async function stored(pushed: TestImage = image()): Promise<TestImage> {
  await stores.push(name, pushed);
  stores.forgetBytes();
  return pushed;
}

const flipped = (bytes: Uint8Array): Uint8Array => Buffer.from(bytes).fill((bytes[20] ?? 0) ^ 1, 20, 21);

const manifestFaults: Readonly<Record<ContentFault, (bytes: Uint8Array, digest: Digest) => Promise<void>>> = {
  'wrong content': (bytes, digest) =>
    harm(
      'update manifests set bytes = ? where repository_id = ? and digest = ?',
      flipped(bytes),
      name.id,
      digest,
    ),
  'wrong size': (bytes, digest) =>
    harm(
      'update manifests set bytes = ? where repository_id = ? and digest = ?',
      bytes.subarray(1),
      name.id,
      digest,
    ),
  missing: (_, digest) =>
    harm('delete from manifests where repository_id = ? and digest = ?', name.id, digest),
};

for (const [fault, damage] of Object.entries(manifestFaults))
  for (const finder of ['a pull', 'a scrub'])
    test(`a manifest with ${fault} is found by ${finder}, told once, and healed by a push`, async () => {
      const { manifest } = await stored();
      const { digest } = manifest;
      await damage(manifest.bytes, digest);
      if (finder === 'a scrub') {
        const { damaged, faults } = await scrub();
        assert.equal(damaged, 1);
        assert.deepEqual(faults, [{ digest, fault, repositoryName: name.repositoryName }]);
      }
      for (let pulls = 0; pulls < 3; pulls += 1)
        await assert.rejects(pull(digest), code('StorageUnavailable'));
      const report = { digest, fault, repositoryName: name.repositoryName };
      assert.deepEqual(stores.damage, [report]);
      const { storedManifests, storage } = stores.metadata;
      assert.equal(await storedManifests.countDamaged(storage.reader), 1);

      // A list of images cannot lean on it.
      const list = index([{ manifest, architecture: 'amd64' }]);
      await assert.rejects(stores.put(name, list), code('ReferencedImagesNotFound'));

      // ECR's PutImage refuses what is there already; this is not.
      await stores.put(name, manifest, { onSame: 'refuse' });
      stores.forgetBytes();
      assert.deepEqual(Buffer.from((await pull(digest)).manifestBytes), Buffer.from(manifest.bytes));
      assert.equal((await scrub()).damaged, 0);
      assert.equal(await storedManifests.countDamaged(storage.reader), 0);
      await stores.put(name, list);
    });

test('a manifest that was whole all the time is whole again for the next read', async () => {
  const { manifest } = await stored();
  await manifestFaults['wrong content'](manifest.bytes, manifest.digest);
  await assert.rejects(pull(manifest.digest), code('StorageUnavailable'));
  await harm(
    'update manifests set bytes = ? where repository_id = ? and digest = ?',
    manifest.bytes,
    name.id,
    manifest.digest,
  );
  await pull(manifest.digest);
  const { storedManifests, storage } = stores.metadata;
  assert.equal(await storedManifests.countDamaged(storage.reader), 0);
});

test('one damaged manifest of many ends no other pull, and a batch says which it is', async () => {
  const [good, bad] = [await stored(), await stored()];
  await manifestFaults['wrong content'](bad.manifest.bytes, bad.manifest.digest);
  const ids = [good, bad].map(({ manifest: { digest } }) => ({ digest }));
  await assert.rejects(
    stores.registry.images.getMany(name, ids),
    (error) => code('StorageUnavailable')(error) && String(error).includes(bad.manifest.digest),
  );
  await pull(good.manifest.digest);
  await stores.put(name, bad.manifest);
});

async function open({ digest, bytes }: TestBlob): Promise<void> {
  const reader = await stores.registry.layers.open(name, digest);
  const read = Buffer.alloc(reader.sizeBytes);
  await reader.read(read, 0);
  reader.close();
  assert.ok(read.equals(bytes));
}

async function inline(): Promise<TestBlob> {
  const part = blob(randomBytes(3000));
  await stores.hold(name.id, [part]);
  return part;
}

for (const finder of ['a pull', 'a scrub'])
  test(`a small layer in its row is found by ${finder}, told once, and healed by a push`, async () => {
    const part = await inline();
    const { digest } = part;
    await harm('update blobs set inline_bytes = ? where digest = ?', flipped(part.bytes), digest);
    if (finder === 'a scrub') assert.equal((await scrub()).damaged, 1);
    for (let pulls = 0; pulls < 3; pulls += 1)
      await assert.rejects(stores.registry.layers.open(name, digest), code('StorageUnavailable'));
    assert.deepEqual(stores.damage, [{ digest, fault: 'wrong content' }]);
    await assert.rejects(stores.registry.layers.find(name, digest), code('BlobNotFound'));
    assert.deepEqual(await stores.registry.layers.missing(name, [digest]), [digest]);

    await stores.upload(name, part);
    stores.forgetBytes();
    await open(part);
    assert.equal((await scrub()).damaged, 0);
    assert.equal(await stores.metadata.damagedBlobs.count(stores.metadata.storage.reader), 0);
  });

test('a small layer that is damaged in its row is read from the file that a client pushed of it', async () => {
  const part = await inline();
  await stores.upload(name, part);
  await harm('update blobs set inline_bytes = ? where digest = ?', flipped(part.bytes), part.digest);
  stores.forgetBytes();
  await open(part);
  assert.deepEqual(stores.damage, []);
  assert.equal((await scrub()).damaged, 0);
});

test('a repository that was deleted has no damage while its rows go', async () => {
  const { manifest } = await stored();
  await stores.registry.repositories.delete(name, { force: true });
  await manifestFaults.missing(manifest.bytes, manifest.digest);
  assert.equal((await scrub()).damaged, 0);
  assert.deepEqual(stores.damage, []);
});

test('an interrupted round continues among the manifests', async () => {
  for (let number = 0; number < 230; number += 1)
    await stores.push(name, image({ layers: 1, layerBytes: 10 }));
  const all = (await scrub()).manifests;
  stores.clock.time += 7 * 24 * 3_600_000;
  const ending = new AbortController();
  stores.hook.sleep = async (ms) => {
    if (ms === 1) ending.abort();
  };
  const round = (signal: AbortSignal) =>
    stores.registry.scrubber.scrub({ scope: 'round', bytesPerSecond: 1e9, signal, onProgress: () => {} });
  await assert.rejects(round(ending.signal), { name: 'AbortError' });
  delete stores.hook.sleep;
  const rest = await round(new AbortController().signal);
  assert.equal(rest.manifests, all - 200);
  assert.ok(rest.blobs > 200);
});
