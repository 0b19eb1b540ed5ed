// Pushes on real stores: what is checked, what is stored, what is left when something fails.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { image, index, manifestOf, referrer } from '../../../test/helpers/images.ts';
import { openRegistryStores, type RegistryStores } from '../../../test/helpers/registry-stores.ts';
import { digestOf } from '../../shared/digest.ts';
import { OCI_MANIFEST } from '../../shared/media-types.ts';
import { DomainError, type DomainErrorCode } from '../errors.ts';
import type { StoredImage } from './index.ts';

let stores: RegistryStores;
before(async () => {
  stores = await openRegistryStores();
});
after(() => stores.close());

const coded = (code: DomainErrorCode) => (error: unknown) =>
  error instanceof DomainError && error.code === code;

test('a pushed manifest is read back byte for byte, by tag and by digest', async () => {
  const repository = await stores.repository();
  const { manifest, blobs } = image();
  const { isNew, image: stored } = await stores.push(repository, { manifest, blobs }, 'v1');
  assert.equal(isNew, true);
  for (const id of [{ tag: 'v1' }, { digest: manifest.digest }, { tag: 'v1', digest: manifest.digest }]) {
    const read = await stores.registry.images.get(repository, id);
    assert.deepEqual(Buffer.from(read.manifestBytes), Buffer.from(manifest.bytes));
    assert.deepEqual(read.image, stored);
  }
});

test('every layer that is missing is named, and nothing is stored', async () => {
  const repository = await stores.repository();
  const { manifest, blobs } = image({ layers: 3 });
  const [config, ...layers] = blobs;
  assert.ok(config);
  await stores.hold(repository.id, [config]);
  await assert.rejects(stores.put(repository, manifest, { tags: ['v1'] }), (error) => {
    assert.ok(coded('LayersNotFound')(error));
    const { digests } = (error as DomainError<'LayersNotFound'>).details;
    assert.deepEqual(new Set(digests), new Set(layers.map(({ digest }) => digest)));
    return true;
  });
  await assert.rejects(
    stores.registry.images.resolve(repository, { digest: manifest.digest }),
    coded('ImageNotFound'),
  );
});

test('layers of another repository do not count', async () => {
  const [one, other] = [await stores.repository(), await stores.repository()];
  const pushed = image();
  await stores.push(one, pushed);
  await assert.rejects(stores.put(other, pushed.manifest), coded('LayersNotFound'));
});

test('an index needs its children as images; a subject may be absent', async () => {
  const repository = await stores.repository();
  const children = [image(), image()];
  const list = index(children.map(({ manifest }) => ({ manifest, architecture: 'amd64' })));
  const [first, second] = children;
  assert.ok(first && second);
  await stores.push(repository, first);
  await stores.hold(repository.id, second.blobs);
  await assert.rejects(stores.put(repository, list), (error) => {
    assert.ok(error instanceof DomainError);
    assert.deepEqual(error.details, { digests: [second.manifest.digest] });
    return coded('ReferencedImagesNotFound')(error);
  });
  await stores.put(repository, second.manifest);
  assert.equal((await stores.put(repository, list)).isNew, true);
  const absent = image().manifest;
  const { image: stored } = await stores.push(repository, referrer(absent, 'application/x'));
  assert.equal(stored.subject, absent.digest);
});

test('the digest that the client expects is checked, in its own algorithm', async () => {
  const repository = await stores.repository();
  const { manifest, blobs } = image();
  await stores.hold(repository.id, blobs);
  const wrong = digestOf(Buffer.from('other'));
  await assert.rejects(
    stores.put(repository, manifest, { expectedDigest: wrong }),
    coded('ImageDigestMismatch'),
  );
  const expectedDigest = digestOf(manifest.bytes, 'sha512');
  assert.equal((await stores.put(repository, manifest, { expectedDigest })).image.digest, expectedDigest);
});

test('the same manifest again: accepted or refused, as the surface asks', async () => {
  const repository = await stores.repository({ tagMutability: 'IMMUTABLE' });
  const pushed = image();
  await stores.push(repository, pushed, 'v1');
  const again = (tags: string[], onSame: 'accept' | 'refuse') =>
    stores.put(repository, pushed.manifest, { tags, onSame });
  assert.equal((await again(['v1'], 'accept')).isNew, false);
  await assert.rejects(again(['v1'], 'refuse'), coded('ImageAlreadyExists'));
  await assert.rejects(again([], 'refuse'), coded('ImageAlreadyExists'));
  assert.equal((await again(['v2'], 'refuse')).isNew, false);
});

test('a tag moves in a mutable repository and stays in an immutable one', async () => {
  for (const tagMutability of ['MUTABLE', 'IMMUTABLE'] as const) {
    const repository = await stores.repository({ tagMutability });
    const [one, two] = [image(), image()];
    await stores.push(repository, one, 'v1');
    const second = stores.push(repository, two, 'v1');
    if (tagMutability === 'MUTABLE') await second;
    else await assert.rejects(second, coded('ImageTagAlreadyExists'));
    const { digest } = await stores.registry.images.resolve(repository, { tag: 'v1' });
    assert.equal(digest, (tagMutability === 'MUTABLE' ? two : one).manifest.digest);
  }
});

test('the hook runs last, for new and known digests; when it fails nothing is stored', async () => {
  const repository = await stores.repository();
  const pushed = image();
  const seen: StoredImage[] = [];
  stores.hook.run = async (tx, stored) => {
    const on = stored.image.repositoryId;
    assert.ok(await stores.metadata.images.find(tx, on, stored.image.digest));
    assert.equal(await stores.metadata.tags.find(tx, on, 'v1'), stored.image.digest);
    seen.push(stored);
  };
  await stores.push(repository, pushed, 'v1');
  await stores.push(repository, pushed, 'v1');
  assert.deepEqual(
    seen.map(({ isNew }) => isNew),
    [true, false],
  );
  stores.hook.run = () => Promise.reject(new Error('no'));
  const other = image();
  await assert.rejects(stores.push(repository, other, 'v2'), /no/);
  stores.hook.run = async () => {};
  await assert.rejects(stores.registry.images.resolve(repository, { tag: 'v2' }), coded('ImageNotFound'));
});

test('an image has at most a thousand tags', async () => {
  const repository = await stores.repository();
  const { manifest, blobs } = image();
  await stores.hold(repository.id, blobs);
  const tags = Array.from({ length: 999 }, (_, at) => `t${at}`);
  await stores.put(repository, manifest, { tags });
  await stores.put(repository, manifest, { tags: ['last'] });
  await assert.rejects(stores.put(repository, manifest, { tags: ['more'] }), coded('LimitExceeded'));
});

test('a tag that is none, and a repository that is none, are refused', async () => {
  const repository = await stores.repository();
  const { manifest, blobs } = image();
  await stores.hold(repository.id, blobs);
  await assert.rejects(stores.put(repository, manifest, { tags: ['-x'] }), coded('InvalidParameter'));
  for (const repositoryName of ['team/none', 'Not A Name', '']) {
    await assert.rejects(stores.put({ repositoryName }, manifest), coded('RepositoryNotFound'));
  }
});

test('pushes of the same image at the same time store it once', async () => {
  const repository = await stores.repository();
  const pushed = image();
  await stores.hold(repository.id, pushed.blobs);
  const results = await Promise.all(
    Array.from({ length: 8 }, (_, at) => stores.put(repository, pushed.manifest, { tags: [`t${at}`] })),
  );
  assert.equal(results.filter(({ isNew }) => isNew).length, 1);
  const { items } = await stores.registry.images.listTags(repository, { limit: 100 });
  assert.equal(items.length, 8);
});

test('a manifest of megabytes is stored as it is', async () => {
  const repository = await stores.repository();
  const { blobs } = image({ layers: 0 });
  const [config] = blobs;
  assert.ok(config);
  const manifest = manifestOf(
    {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: { mediaType: 'application/x', digest: config.digest, size: config.bytes.length },
      layers: [],
      annotations: { big: 'x'.repeat(3_900_000) },
    },
    OCI_MANIFEST,
  );
  await stores.push(repository, { manifest, blobs });
  const { manifestBytes } = await stores.registry.images.get(repository, { digest: manifest.digest });
  assert.equal(digestOf(manifestBytes), manifest.digest);
});
