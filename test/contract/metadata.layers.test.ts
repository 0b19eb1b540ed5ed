import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Upload } from '../../src/domain/registry/types.ts';
import {
  digest,
  insertImage,
  insertRepository,
  newImage,
  newUpload,
  openTemporary,
  otherRegistry,
  registry,
} from './metadata-fixture.ts';

test('a layer is held by the repositories that it was put into', async (t) => {
  const metadata = await openTemporary(t);
  const { storage, layers } = metadata;
  const a = await insertRepository(metadata, 'a');
  const b = await insertRepository(metadata, 'b');
  const elsewhere = await insertRepository(metadata, 'c', { registry: otherRegistry });
  const layer = { digest: digest(1), sizeBytes: 5_000_000_000 };
  const small = { digest: digest(2), sizeBytes: 2, inline: Uint8Array.from([1, 2]) };
  await storage.write(async (tx) => {
    await layers.put(tx, b.id, layer, 1);
    await layers.put(tx, b.id, layer, 2);
    await layers.put(tx, b.id, small, 1);
    await layers.put(tx, elsewhere.id, { digest: digest(3), sizeBytes: 1 }, 1);
  });
  const { reader } = storage;
  assert.deepEqual(await layers.find(reader, b.id, digest(1)), layer);
  assert.deepEqual(await layers.find(reader, b.id, digest(2)), small);
  assert.equal(await layers.find(reader, a.id, digest(1)), undefined);
  assert.deepEqual(await layers.missing(reader, b.id, [digest(1), digest(9)]), [digest(9)]);
  assert.deepEqual(await layers.missing(reader, a.id, [digest(1)]), [digest(1)]);
  assert.deepEqual(await layers.findHolder(reader, registry, digest(1)), b);
  assert.equal(await layers.findHolder(reader, registry, digest(3)), undefined);
  assert.equal(await storage.write((tx) => layers.unlink(tx, b.id, digest(1))), true);
  assert.equal(await storage.write((tx) => layers.unlink(tx, b.id, digest(1))), false);
  assert.equal(await layers.findHolder(reader, registry, digest(1)), undefined);
});

test('the file that was verified is written down with the layer, and another one later', async (t) => {
  const metadata = await openTemporary(t);
  const { storage, layers, verifiedFiles } = metadata;
  const { reader } = storage;
  const { id } = await insertRepository(metadata);
  const layer = { digest: digest(1), sizeBytes: 100_000 };
  const record = (of: number, identity: string) =>
    storage.write((tx) => verifiedFiles.record(tx, digest(of), identity));
  await storage.write((tx) => layers.put(tx, id, { ...layer, fileIdentity: 'a' }, 1));
  assert.deepEqual(await layers.find(reader, id, digest(1)), { ...layer, fileIdentity: 'a' });
  assert.equal(await verifiedFiles.find(reader, digest(1)), 'a');
  assert.equal(await record(1, 'a'), false);
  assert.equal(await record(1, 'b'), true);
  // Who mounts it holds what is written down already.
  await storage.write((tx) => layers.put(tx, id, { ...layer, fileIdentity: 'a' }, 2));
  assert.deepEqual(await layers.find(reader, id, digest(1)), { ...layer, fileIdentity: 'b' });
  await storage.write((tx) => layers.put(tx, id, { digest: digest(2), sizeBytes: 5 }, 1));
  assert.equal(await verifiedFiles.find(reader, digest(2)), undefined);
  assert.equal(await record(2, 'c'), true);
  assert.equal(await verifiedFiles.find(reader, digest(2)), 'c');
  assert.equal(await record(9, 'c'), false);
  assert.equal(await verifiedFiles.find(reader, digest(9)), undefined);
});

test('a layer is referenced while a manifest names it as config or layer', async (t) => {
  const metadata = await openTemporary(t);
  const { storage, layers, images } = metadata;
  const { id } = await insertRepository(metadata);
  await insertImage(metadata, newImage(id, 1), {
    references: [
      { kind: 'config', digest: digest(10) },
      { kind: 'layer', digest: digest(11) },
      { kind: 'manifest', digest: digest(12) },
    ],
  });
  const referenced = () =>
    Promise.all([10, 11, 12, 13].map((n) => layers.isReferenced(storage.reader, id, digest(n))));
  assert.deepEqual(await referenced(), [true, true, false, false]);
  await storage.write((tx) => images.delete(tx, id, digest(1), 1));
  assert.deepEqual(await referenced(), [false, false, false, false]);
});

test('an upload is found, updated, counted for its registry and repository, and deleted once', async (t) => {
  const metadata = await openTemporary(t);
  const { storage, uploads } = metadata;
  const a = await insertRepository(metadata, 'a');
  const b = await insertRepository(metadata, 'b', { registry: otherRegistry });
  const upload = newUpload(a.id, 'u1');
  await storage.write(async (tx) => {
    await uploads.insert(tx, upload);
    await uploads.insert(tx, newUpload(a.id, 'u2'));
    await uploads.insert(tx, newUpload(b.id, 'u3'));
  });
  assert.deepEqual(await uploads.find(storage.reader, 'u1'), upload);
  assert.equal(await uploads.count(storage.reader, registry), 2);
  assert.equal(await uploads.count(storage.reader, otherRegistry), 1);
  assert.equal(await uploads.countOfRepository(storage.reader, a.id), 2);
  assert.equal(await uploads.countOfRepository(storage.reader, 77), 0);
  const changed: Upload = {
    ...upload,
    algorithm: 'sha512',
    receivedBytes: 9,
    parts: 2,
    lastPartBytes: 4,
    expiresAt: 200,
  };
  await storage.write((tx) => uploads.update(tx, changed));
  assert.deepEqual(await uploads.find(storage.reader, 'u1'), changed);
  assert.equal(await storage.write((tx) => uploads.delete(tx, 'u1')), true);
  assert.equal(await storage.write((tx) => uploads.delete(tx, 'u1')), false);
  assert.equal(await uploads.count(storage.reader, registry), 1);
});

test('an upload for a repository that is gone is refused', async (t) => {
  const { storage, uploads } = await openTemporary(t);
  await assert.rejects(
    storage.write((tx) => uploads.insert(tx, newUpload(77, 'u'))),
    /repository that does not exist/,
  );
});

test('expired gives the oldest uploads first, strictly before the time', async (t) => {
  const metadata = await openTemporary(t);
  const { storage, uploads } = metadata;
  const { id } = await insertRepository(metadata);
  for (const expiresAt of [30, 10, 20])
    await storage.write((tx) => uploads.insert(tx, newUpload(id, `u${expiresAt}`, expiresAt)));
  const ids = async (before: number, limit: number) =>
    (await uploads.expired(storage.reader, before, limit)).map((upload) => upload.id);
  assert.deepEqual(await ids(30, 10), ['u10', 'u20']);
  assert.deepEqual(await ids(31, 2), ['u10', 'u20']);
  assert.deepEqual(await ids(10, 2), []);
});

test('resource tags are put, replaced, and deleted by key or all', async (t) => {
  const { storage, resourceTags } = await openTemporary(t);
  const list = (arn: string) => resourceTags.list(storage.reader, arn);
  await storage.write(async (tx) => {
    await resourceTags.put(tx, 'arn:1', { b: '2', a: '1', c: '' });
    await resourceTags.put(tx, 'arn:1', { a: 'x' });
    await resourceTags.put(tx, 'arn:2', { a: '2' });
  });
  assert.deepEqual(await list('arn:1'), { a: 'x', b: '2', c: '' });
  await storage.write((tx) => resourceTags.delete(tx, 'arn:1', ['a', 'zz']));
  assert.deepEqual(await list('arn:1'), { b: '2', c: '' });
  await storage.write((tx) => resourceTags.delete(tx, 'arn:1', 'all'));
  assert.deepEqual(await list('arn:1'), {});
  assert.deepEqual(await list('arn:2'), { a: '2' });
});
