// Damage to files on the disk: found, told once, never served, healed by the next push.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { blob, image, type TestBlob } from '../../../test/helpers/images.ts';
import { fileOf, openRegistryStores, type RegistryStores } from '../../../test/helpers/registry-stores.ts';
import { type DomainErrorCode, isDomainError } from '../errors.ts';

let stores: RegistryStores;
let name: Awaited<ReturnType<RegistryStores['repository']>>;
before(async () => {
  stores = await openRegistryStores();
  name = await stores.repository();
});
after(() => stores.close());
beforeEach(() => {
  delete stores.hook.sleep;
  stores.damage.length = 0;
});

const code = (wanted: DomainErrorCode) => (error: unknown) => isDomainError(error, wanted);
const DAY_MS = 24 * 3_600_000;
const WEEK_MS = 7 * DAY_MS;

const control = (signal = new AbortController().signal) => ({ signal, onProgress: () => {} });
const isDue = () => stores.registry.scrubber.isDue(DAY_MS);

/** A round of its own. */
async function scrub() {
  stores.clock.time += WEEK_MS;
  assert.ok(await isDue());
  return stores.registry.scrubber.scrub({ scope: 'round', bytesPerSecond: 1e9, ...control() });
}

async function readBack({ digest, bytes }: TestBlob): Promise<void> {
  const reader = await stores.registry.layers.open(name, digest);
  const read = Buffer.alloc(reader.sizeBytes);
  for (let at = 0; at < read.length; ) at += await reader.read(read.subarray(at), at);
  reader.close();
  assert.ok(read.equals(bytes));
}

const faults: Readonly<Record<string, (path: string) => Promise<void>>> = {
  async 'wrong content'(path) {
    const bytes = await readFile(path);
    bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 1;
    await writeFile(path, bytes);
  },
  'wrong size': (path) => truncate(path, 100),
  missing: (path) => rm(path),
};

for (const [fault, harm] of Object.entries(faults))
  for (const sizeBytes of [3000, 700_000])
    test(`a file of ${sizeBytes} bytes with ${fault} is found by a round, and healed by a push`, async () => {
      const layer = blob(randomBytes(sizeBytes));
      await stores.upload(name, layer);
      assert.equal((await scrub()).damaged, 0);
      await harm(fileOf(stores, layer.digest));
      assert.equal((await scrub()).damaged, 1);
      assert.deepEqual(stores.damage, [{ digest: layer.digest, fault }]);

      // No longer here for a push, an error for a pull.
      await assert.rejects(stores.registry.layers.find(name, layer.digest), code('BlobNotFound'));
      assert.deepEqual(await stores.registry.layers.missing(name, [layer.digest]), [layer.digest]);
      await assert.rejects(stores.registry.layers.open(name, layer.digest), code('StorageUnavailable'));
      const other = await stores.repository();
      assert.equal(
        await stores.registry.layers.mount(other, layer.digest, name.repositoryName, async () => true),
        false,
      );
      assert.ok(!existsSync(fileOf(stores, layer.digest)));
      const aside = await readdir(join(stores.directory, 'quarantine')).catch((): string[] => []);
      assert.equal(aside.includes(layer.digest.replace(':', '-')), fault !== 'missing');
      assert.equal(await stores.metadata.damagedBlobs.count(stores.metadata.storage.reader), 1);

      // Told once.
      await scrub();
      assert.equal(stores.damage.length, 1);

      await stores.upload(name, layer);
      await readBack(layer);
      assert.equal((await scrub()).damaged, 0);
      assert.equal(await stores.metadata.damagedBlobs.count(stores.metadata.storage.reader), 0);
    });

test('a manifest that names a damaged layer is refused until the layer is pushed again', async () => {
  const pushed = image();
  for (const part of pushed.blobs) await stores.upload(name, part);
  const [, layer] = pushed.blobs;
  assert.ok(layer !== undefined);
  await rm(fileOf(stores, layer.digest));
  await scrub();
  await assert.rejects(stores.put(name, pushed.manifest), code('LayersNotFound'));
  await stores.upload(name, layer);
  await stores.put(name, pushed.manifest);
  await readBack(layer);
});

test('a pull that meets a missing or short file tells of it at once', async () => {
  for (const fault of ['missing', 'wrong size'] as const) {
    stores.damage.length = 0;
    const layer = blob(randomBytes(200_000));
    await stores.upload(name, layer);
    await faults[fault]?.(fileOf(stores, layer.digest));
    await assert.rejects(stores.registry.layers.open(name, layer.digest), code('StorageUnavailable'));
    assert.deepEqual(stores.damage, [{ digest: layer.digest, fault }]);
    await assert.rejects(stores.registry.layers.find(name, layer.digest), code('BlobNotFound'));
    await stores.upload(name, layer);
    await readBack(layer);
  }
});

test('a file that somebody puts back is whole again for the next pull, and after the next round', async () => {
  const layer = blob(randomBytes(1000));
  await stores.upload(name, layer);
  const copy = join(stores.directory, 'copy');
  await copyFile(fileOf(stores, layer.digest), copy);
  await rm(fileOf(stores, layer.digest));
  await scrub();
  await assert.rejects(stores.registry.layers.open(name, layer.digest), code('StorageUnavailable'));
  await copyFile(copy, fileOf(stores, layer.digest));
  await readBack(layer);
  await stores.registry.layers.find(name, layer.digest);
  await rm(fileOf(stores, layer.digest));
  await scrub();
  await copyFile(copy, fileOf(stores, layer.digest));
  assert.equal((await scrub()).damaged, 0);
  await stores.registry.layers.find(name, layer.digest);
});

test('a blob that is collected while it is inspected is no damage', async () => {
  const layer = blob(randomBytes(300_000));
  const gone = await stores.repository();
  await stores.upload(gone, layer);
  let collected = false;
  stores.hook.sleep = async () => {
    if (collected) return;
    collected = true;
    await stores.registry.repositories.delete(gone, { force: true });
    await stores.registry.collector.collect({ graceMs: DAY_MS });
    assert.ok(!existsSync(fileOf(stores, layer.digest)));
  };
  stores.clock.time += WEEK_MS;
  await stores.registry.scrubber.scrub({ scope: 'round', bytesPerSecond: 1, ...control() });
  assert.ok(collected);
  assert.deepEqual(stores.damage, []);
});

test('a round keeps its pace, goes on where it was ended, and the next one waits for its time', async () => {
  const layers = Array.from({ length: 450 }, () => blob(randomBytes(10)));
  for (const layer of layers) await stores.upload(name, layer);
  const big = blob(randomBytes(1_000_000));
  await stores.upload(name, big);
  let waitedMs = 0;
  stores.hook.sleep = async (ms) => {
    waitedMs += ms;
  };
  const options = { scope: 'round', bytesPerSecond: 500_000 } as const;
  const ending = new AbortController();
  stores.clock.time += WEEK_MS;
  stores.hook.sleep = async (ms) => {
    waitedMs += ms;
    // The end of the first page.
    if (ms === 1) ending.abort();
  };
  await assert.rejects(stores.registry.scrubber.scrub({ ...options, ...control(ending.signal) }), {
    name: 'AbortError',
  });
  stores.hook.sleep = async (ms) => {
    waitedMs += ms;
  };
  const all = await stores.metadata.garbage.stored(stores.metadata.storage.reader, { limit: 10_000 });
  assert.ok(await isDue());
  const rest = await stores.registry.scrubber.scrub({ ...options, ...control() });
  assert.equal(rest.blobs, all.items.length - 200);
  const bytes = all.items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  assert.ok(waitedMs >= (bytes / 500_000) * 1000 * 0.9, `${waitedMs} ms for ${bytes} bytes`);
  assert.ok(!(await isDue()));
  stores.clock.time += DAY_MS;
  assert.ok(await isDue());
  assert.equal((await stores.registry.scrubber.scrub({ ...options, ...control() })).blobs, all.items.length);
});

test('a scrub of all begins at the first file, leaves the round where it is, and at its end is one', async () => {
  const layers = Array.from({ length: 300 }, () => blob(randomBytes(10)));
  for (const layer of layers) await stores.upload(name, layer);
  const { reader } = stores.metadata.storage;
  const all = await stores.metadata.garbage.stored(reader, { limit: 10_000 });
  const position = () => stores.metadata.upkeepPositions.find(reader, 'scrub');
  const endAtPage = (page: number): AbortSignal => {
    const ending = new AbortController();
    let pages = 0;
    stores.hook.sleep = async () => {
      if ((pages += 1) === page) ending.abort();
    };
    return ending.signal;
  };
  const { scrubber } = stores.registry;
  stores.clock.time += WEEK_MS;
  await assert.rejects(scrubber.scrub({ scope: 'round', bytesPerSecond: 1e9, ...control(endAtPage(1)) }));
  const halfway = await position();
  assert.notEqual(halfway?.position, '');

  stores.clock.time += DAY_MS;
  await assert.rejects(scrubber.scrub({ scope: 'all', ...control(endAtPage(2)) }), { name: 'AbortError' });
  assert.deepEqual(await position(), halfway);

  delete stores.hook.sleep;
  const parts: number[] = [];
  const done = await scrubber.scrub({
    scope: 'all',
    ...control(),
    onProgress: ({ part }) => parts.push(part),
  });
  assert.equal(done.blobs, all.items.length);
  assert.deepEqual(
    parts,
    parts.toSorted((a, b) => a - b),
  );
  assert.equal(parts.at(-1), 1);
  assert.deepEqual({ ...(await position()) }, { position: '', roundBeganAt: stores.clock.time });
  assert.ok(!(await isDue()));
});

test('what is damaged and what cannot be read are named', async () => {
  const [short, gone, locked] = [blob(randomBytes(500)), blob(randomBytes(500)), blob(randomBytes(500))];
  for (const layer of [short, gone, locked]) await stores.upload(name, layer);
  await truncate(fileOf(stores, short.digest), 100);
  await rm(fileOf(stores, gone.digest));
  // A folder cannot be read as a file, whoever asks.
  await rm(fileOf(stores, locked.digest));
  await mkdir(fileOf(stores, locked.digest));
  const { damaged, unreadable, faults } = await stores.registry.scrubber.scrub({
    scope: 'all',
    ...control(),
  });
  assert.deepEqual([damaged, unreadable], [2, 1]);
  const found = new Map(faults.map(({ digest, fault }) => [digest, fault]));
  assert.equal(found.size, 3);
  assert.equal(found.get(short.digest), 'wrong size');
  assert.equal(found.get(gone.digest), 'missing');
  assert.equal(found.get(locked.digest), 'unreadable');
});
