// A large layer is given out from the very file that was held against its digest; any other is read first.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, open, rename, utimes, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { after, before, beforeEach, type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { blob, type TestBlob } from '../../../test/helpers/images.ts';
import { fileOf, openRegistryStores, type RegistryStores } from '../../../test/helpers/registry-stores.ts';
import type { Digest } from '../../shared/digest.ts';
import { isDomainError } from '../errors.ts';

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

const unavailable = (error: unknown) => isDomainError(error, 'StorageUnavailable');

async function pushed(): Promise<TestBlob> {
  const layer = blob(randomBytes(700_000));
  await stores.upload(name, layer);
  // Longer than a tick of the file system's clock, so that a change is one.
  await wait(20);
  return layer;
}

async function pull({ digest, bytes }: TestBlob, from = name): Promise<void> {
  const reader = await stores.registry.layers.open(from, digest);
  const read = Buffer.alloc(reader.sizeBytes);
  for (let at = 0; at < read.length; ) at += await reader.read(read.subarray(at), at);
  reader.close();
  assert.ok(read.equals(bytes));
}

async function scrub(): Promise<void> {
  stores.clock.time += 24 * 3_600_000;
  const { signal } = new AbortController();
  await stores.registry.scrubber.scrub({ scope: 'all', signal, onProgress: () => {} });
}

/** The size stays. */
async function changeSecretly(path: string, at = 300_000): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(randomBytes(1000), 0, 1000, at);
  await file.close();
}

const touch = (path: string) => utimes(path, new Date(), new Date());

/** How often files were opened. */
function opens(t: TestContext): () => number {
  const { mock } = t.mock.method(stores.files.blobs, 'open');
  return () => mock.callCount();
}

const written = (digest: Digest) =>
  stores.metadata.verifiedFiles.find(stores.metadata.storage.reader, digest);

test('a file that was changed is found by the pull, also when it was pulled before', async () => {
  const layer = await pushed();
  await pull(layer);
  await changeSecretly(fileOf(stores, layer.digest));
  await assert.rejects(stores.registry.layers.open(name, layer.digest), unavailable);
  assert.deepEqual(stores.damage, [{ digest: layer.digest, fault: 'wrong content' }]);
  assert.ok(!existsSync(fileOf(stores, layer.digest)));
  assert.deepEqual(await stores.registry.layers.missing(name, [layer.digest]), [layer.digest]);
  await stores.upload(name, layer);
  await pull(layer);
});

test('a file that was only touched, or replaced by a copy, is read once and given out', async (t) => {
  const layer = await pushed();
  const file = fileOf(stores, layer.digest);
  const count = opens(t);
  await touch(file);
  await pull(layer);
  // Opened, read, opened again.
  assert.equal(count(), 3);
  await pull(layer);
  assert.equal(count(), 4);
  await copyFile(file, `${file}.copy`);
  await rename(`${file}.copy`, file);
  await pull(layer);
  assert.equal(count(), 7);
  await pull(layer);
  assert.equal(count(), 8);
  assert.deepEqual(stores.damage, []);
});

test('many that ask for a doubtful file wait for one reading of it', async (t) => {
  const layer = await pushed();
  await pull(layer);
  await touch(fileOf(stores, layer.digest));
  const count = opens(t);
  await Promise.all(Array.from({ length: 5 }, () => pull(layer)));
  assert.equal(count(), 5 + 1 + 5);
});

test('a push of a layer that is here makes its own file the verified one, for every repository', async (t) => {
  const layer = await pushed();
  await pull(layer);
  const before = await written(layer.digest);
  const other = await stores.repository();
  await stores.upload(other, layer);
  assert.notEqual(await written(layer.digest), before);
  const count = opens(t);
  await pull(layer);
  await pull(layer, other);
  assert.equal(count(), 2);
});

test('a mount has the file of its source', async (t) => {
  const layer = await pushed();
  const other = await stores.repository();
  assert.ok(await stores.registry.layers.mount(other, layer.digest, name.repositoryName, async () => true));
  const count = opens(t);
  await pull(layer, other);
  assert.equal(count(), 1);
  await changeSecretly(fileOf(stores, layer.digest));
  await assert.rejects(stores.registry.layers.open(other, layer.digest), unavailable);
});

test('a layer without a verified file is given out as it is, and the next round writes its file down', async (t) => {
  // As a version before left it: a row and a file.
  const layer = blob(randomBytes(700_000));
  const file = fileOf(stores, layer.digest);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, layer.bytes);
  await stores.metadata.storage.write((tx) =>
    stores.metadata.layers.put(tx, name.id, { digest: layer.digest, sizeBytes: layer.bytes.length }, 1),
  );
  assert.equal(await written(layer.digest), undefined);
  const count = opens(t);
  await pull(layer);
  assert.equal(count(), 1);
  await scrub();
  assert.deepEqual(stores.damage, []);
  assert.ok((await written(layer.digest)) !== undefined);
  await wait(20);
  await changeSecretly(file);
  await assert.rejects(stores.registry.layers.open(name, layer.digest), unavailable);
});

test('a round writes down what is new only', async (t) => {
  const layer = await pushed();
  await scrub();
  const before = await written(layer.digest);
  const { mock } = t.mock.method(stores.metadata.storage, 'write');
  await scrub();
  const quiet = mock.callCount();
  await touch(fileOf(stores, layer.digest));
  await scrub();
  assert.equal(mock.callCount(), quiet + quiet + 1);
  assert.notEqual(await written(layer.digest), before);
});

const meanwhile: readonly {
  readonly what: string;
  readonly harm: (own: RegistryStores, of: typeof name, layer: TestBlob) => Promise<void>;
  readonly damaged: number;
  readonly reads: number;
}[] = [
  {
    what: 'changed behind the reader',
    harm: (own, _, { digest }) => changeSecretly(fileOf(own, digest), 0),
    damaged: 1,
    reads: 2,
  },
  { what: 'touched', harm: (own, _, { digest }) => touch(fileOf(own, digest)), damaged: 0, reads: 2 },
  { what: 'pushed again', harm: (own, of, layer) => own.upload(of, layer), damaged: 0, reads: 1 },
];
for (const { what, harm, damaged, reads } of meanwhile)
  test(`a file that is ${what} while a round reads it is not verified by that`, async (t) => {
    const own = await openRegistryStores();
    t.after(() => own.close());
    const of = await own.repository();
    const layer = blob(randomBytes(700_000));
    await own.upload(of, layer);
    await wait(20);
    const { mock } = t.mock.method(own.files.blobs, 'open');
    own.hook.sleep = async () => {
      // After the first read.
      delete own.hook.sleep;
      await harm(own, of, layer);
    };
    const { signal } = new AbortController();
    const scrubbed = await own.registry.scrubber.scrub({
      scope: 'all',
      bytesPerSecond: 1000,
      signal,
      onProgress: () => {},
    });
    assert.equal(scrubbed.damaged, damaged);
    assert.equal(mock.callCount(), reads);
    if (damaged > 0) await assert.rejects(own.registry.layers.open(of, layer.digest), unavailable);
    else (await own.registry.layers.open(of, layer.digest)).close();
    assert.equal(mock.callCount(), damaged > 0 ? reads + 2 : reads + 1);
  });
