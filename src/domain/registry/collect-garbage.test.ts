// What the collector takes and what it leaves, on real stores, also while others push.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { blob, image } from '../../../test/helpers/images.ts';
import {
  fileOf,
  GRACE_MS,
  openRegistryStores,
  type RegistryStores,
} from '../../../test/helpers/registry-stores.ts';
import type { Digest } from '../../shared/digest.ts';
import { isDomainError } from '../errors.ts';

let stores: RegistryStores;
before(async () => {
  stores = await openRegistryStores();
});
after(() => stores.close());
beforeEach(() => {
  delete stores.hook.collection;
});

const collect = (options: { dryRun?: boolean } = {}) =>
  stores.registry.collector.collect({ graceMs: GRACE_MS, ...options });
const nothing = { links: 0, blobs: 0, strayFiles: 0, freedBytes: 0 };

function pastGrace(): void {
  // Files carry the machine's time: the clock of the registry is ahead of it then.
  stores.clock.time = Math.max(stores.clock.time, Date.now()) + 2 * GRACE_MS;
}

const upload: RegistryStores['upload'] = (name, layer) => stores.upload(name, layer);

function fileIsThere(digest: Digest): boolean {
  return existsSync(fileOf(stores, digest));
}

const found = (name: Parameters<RegistryStores['registry']['layers']['find']>[0], digest: Digest) =>
  stores.registry.layers.find(name, digest).then(
    async () => true,
    (error: unknown) => {
      assert.ok(isDomainError(error, 'BlobNotFound'), String(error));
      return false;
    },
  );

test('a layer that no image names goes after the grace period, with its file', async () => {
  const name = await stores.repository();
  const layer = blob(randomBytes(1000));
  await upload(name, layer);
  stores.clock.time += GRACE_MS;
  assert.deepEqual(await collect(), nothing);
  assert.ok(fileIsThere(layer.digest));
  pastGrace();
  assert.deepEqual(await collect({ dryRun: true }), { ...nothing, links: 1, blobs: 1, freedBytes: 1000 });
  assert.ok(fileIsThere(layer.digest));
  assert.deepEqual(await collect(), { ...nothing, links: 1, blobs: 1, freedBytes: 1000 });
  assert.ok(!fileIsThere(layer.digest));
  assert.equal(await found(name, layer.digest), false);
  assert.deepEqual(await collect(), nothing);
});

test('an image keeps its config and layers, whatever their age; after its deletion they have the grace period', async () => {
  const name = await stores.repository();
  const pushed = image();
  for (const part of pushed.blobs) await upload(name, part);
  await stores.put(name, pushed.manifest, { tags: ['v1'] });
  pastGrace();
  assert.deepEqual(await collect(), nothing);
  for (const { digest } of pushed.blobs) (await stores.registry.layers.open(name, digest)).close();
  await stores.registry.images.delete(name, { digest: pushed.manifest.digest });
  assert.deepEqual(await collect(), nothing);
  pastGrace();
  assert.equal((await collect()).blobs, pushed.blobs.length);
});

test('a layer that a client was told of stays for the grace period from then on', async () => {
  const name = await stores.repository();
  const asked = blob(randomBytes(100));
  const batch = blob(randomBytes(100));
  const silent = blob(randomBytes(100));
  for (const layer of [asked, batch, silent]) await upload(name, layer);
  stores.clock.time = Math.max(stores.clock.time, Date.now()) + GRACE_MS;
  assert.ok(await found(name, asked.digest));
  assert.deepEqual(await stores.registry.layers.missing(name, [batch.digest]), []);
  stores.clock.time += 0.9 * GRACE_MS;
  assert.equal((await collect()).blobs, 1);
  assert.ok(!fileIsThere(silent.digest));
  assert.ok(fileIsThere(asked.digest) && fileIsThere(batch.digest));
  pastGrace();
  assert.equal((await collect()).blobs, 2);
});

test('a layer that another repository holds stays there and leaves here', async () => {
  const here = await stores.repository();
  const there = await stores.repository();
  const pushed = image();
  for (const part of pushed.blobs) await upload(here, part);
  for (const { digest } of pushed.blobs)
    assert.ok(await stores.registry.layers.mount(there, digest, here.repositoryName, async () => true));
  await stores.put(there, pushed.manifest);
  pastGrace();
  assert.deepEqual(await collect(), { ...nothing, links: pushed.blobs.length });
  for (const { digest } of pushed.blobs) {
    assert.equal(await found(here, digest), false);
    assert.ok(await found(there, digest));
  }
});

test('the layers of a repository that was deleted go at once', async () => {
  const name = await stores.repository();
  const pushed = image();
  for (const part of pushed.blobs) await upload(name, part);
  await stores.put(name, pushed.manifest);
  await stores.registry.repositories.delete(name, { force: true });
  const { links, blobs } = await collect({ dryRun: true });
  assert.deepEqual([links, blobs], [pushed.blobs.length, pushed.blobs.length]);
  assert.equal((await collect()).blobs, pushed.blobs.length);
  for (const { digest } of pushed.blobs) assert.ok(!fileIsThere(digest));
});

test('a file that no row knows goes after the grace period; names that are not ours stay', async () => {
  const stray = blob(randomBytes(500));
  const path = fileOf(stores, stray.digest);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, stray.bytes);
  await writeFile(join(dirname(path), 'README'), 'not ours');
  stores.clock.time = Date.now();
  assert.equal((await collect()).strayFiles, 0);
  assert.ok(fileIsThere(stray.digest));
  pastGrace();
  assert.deepEqual(await collect({ dryRun: true }), { ...nothing, strayFiles: 1, freedBytes: 500 });
  assert.deepEqual(await collect(), { ...nothing, strayFiles: 1, freedBytes: 500 });
  assert.deepEqual(await readdir(dirname(path)), ['README']);
});

test('an upload of the same content while the collector deletes it is not lost', async () => {
  const name = await stores.repository();
  const layer = blob(randomBytes(2000));
  await upload(name, layer);
  pastGrace();
  let again: Promise<void> | undefined;
  stores.hook.collection = async (point) => {
    // The row is gone, its file is not: the upload must wait for the file to be gone before it publishes its own.
    if (point !== 'collect:rows-deleted') return;
    again = upload(name, layer);
    await new Promise((resolve) => setTimeout(resolve, 50));
  };
  assert.equal((await collect()).blobs, 1);
  await again;
  delete stores.hook.collection;
  assert.ok(fileIsThere(layer.digest));
  const reader = await stores.registry.layers.open(name, layer.digest);
  assert.deepEqual(Buffer.from(reader.bytes ?? []), Buffer.from(layer.bytes));
  reader.close();
  assert.equal((await collect()).blobs, 0);
});

test('a layer that is told of, mounted or named between the look and the deletion stays', async () => {
  const name = await stores.repository();
  const other = await stores.repository();
  const told = blob(randomBytes(10));
  const mounted = blob(randomBytes(10));
  const named = image({ layers: 1 });
  for (const layer of [told, mounted, ...named.blobs]) await upload(name, layer);
  pastGrace();
  const { garbage, storage } = stores.metadata;
  const cutoff = stores.clock.time - 1.5 * GRACE_MS;
  const seen = await garbage.links(storage.reader, { before: cutoff, limit: 500 });
  const unused = seen.items.filter((link) => link.repositoryId === name.id && !link.isUsed);
  assert.equal(unused.length, 4);
  await found(name, told.digest);
  await stores.registry.layers.mount(other, mounted.digest, name.repositoryName, async () => true);
  await stores.put(name, named.manifest);
  const removed = await storage.write(async (tx) => {
    const gone: Digest[] = [];
    for (const link of unused) if (await garbage.unlinkUnused(tx, link, cutoff)) gone.push(link.digest);
    return gone;
  });
  assert.deepEqual(removed, [mounted.digest]);
  assert.equal(await storage.write((tx) => garbage.deleteUnheld(tx, mounted.digest)), false);
  assert.ok(await found(other, mounted.digest));
});

test('more garbage than a page and a batch take is all taken', async () => {
  pastGrace();
  await collect();
  const name = await stores.repository();
  const blobs = Array.from({ length: 1203 }, () => blob(randomBytes(8)));
  await stores.hold(name.id, blobs);
  pastGrace();
  const steps: number[] = [];
  const collected = await stores.registry.collector.collect({
    graceMs: GRACE_MS,
    onProgress: ({ blobs: count }) => steps.push(count),
  });
  assert.equal(collected.links, blobs.length);
  assert.equal(collected.blobs, blobs.length);
  assert.ok(new Set(steps).size > 3, 'progress is told');
});

test('a collection that is ended leaves what it did not come to, and the next one takes it', async () => {
  const name = await stores.repository();
  await stores.hold(
    name.id,
    Array.from({ length: 600 }, () => blob(randomBytes(8))),
  );
  pastGrace();
  const ending = new AbortController();
  await assert.rejects(
    stores.registry.collector.collect({
      graceMs: GRACE_MS,
      signal: ending.signal,
      onProgress: () => ending.abort(),
    }),
    { name: 'AbortError' },
  );
  const { blobs } = await collect();
  assert.equal(blobs, 600);
});
