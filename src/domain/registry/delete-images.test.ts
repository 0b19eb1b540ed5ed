// Deletes and reads of several images, on real stores.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { image, index, referrer } from '../../../test/helpers/images.ts';
import { openRegistryStores, type RegistryStores } from '../../../test/helpers/registry-stores.ts';
import { digestOf } from '../../shared/digest.ts';
import { DomainError, type DomainErrorCode } from '../errors.ts';

let stores: RegistryStores;
before(async () => {
  stores = await openRegistryStores();
});
after(() => stores.close());

const coded = (code: DomainErrorCode) => (error: unknown) =>
  error instanceof DomainError && error.code === code;
const unknown = digestOf(Buffer.from('nothing'));

test('by tag only the tag goes, and the last one takes the image', async () => {
  const repository = await stores.repository();
  const pushed = image();
  const { digest } = pushed.manifest;
  await stores.push(repository, pushed, 'a', 'b');
  const { images } = stores.registry;
  assert.deepEqual(await images.deleteMany(repository, [{ tag: 'a' }]), {
    deleted: [{ digest, tag: 'a' }],
    failures: [],
  });
  assert.equal((await images.resolve(repository, { digest })).digest, digest);
  assert.deepEqual((await images.deleteMany(repository, [{ tag: 'b' }])).deleted, [{ digest, tag: 'b' }]);
  await assert.rejects(images.resolve(repository, { digest }), coded('ImageNotFound'));
});

test('by digest the image goes with its tags', async () => {
  const repository = await stores.repository();
  const [tagged, plain] = [image(), image()];
  await stores.push(repository, tagged, 'a', 'b');
  await stores.push(repository, plain);
  const ids = [tagged, plain].map(({ manifest: { digest } }) => ({ digest }));
  const { deleted } = await stores.registry.images.deleteMany(repository, ids);
  assert.deepEqual(deleted, [
    { digest: tagged.manifest.digest, tag: 'a' },
    { digest: tagged.manifest.digest, tag: 'b' },
    { digest: plain.manifest.digest },
  ]);
});

test('a child stays while its index is there, and goes in the same call with it in any order', async () => {
  const repository = await stores.repository();
  const child = image();
  await stores.push(repository, child, 'child');
  const list = index([{ manifest: child.manifest, architecture: 'amd64' }]);
  await stores.put(repository, list);
  const { images } = stores.registry;
  const held = await images.deleteMany(repository, [{ tag: 'child' }]);
  assert.deepEqual(held.failures, [
    {
      imageId: { tag: 'child' },
      code: 'ImageReferencedByManifestList',
      reason: `Requested image referenced by manifest list: [${list.digest}]`,
    },
  ]);
  await assert.rejects(
    images.delete(repository, { digest: child.manifest.digest }),
    coded('ImageReferenced'),
  );
  const both = await images.deleteMany(repository, [
    { digest: child.manifest.digest },
    { digest: list.digest },
  ]);
  assert.equal(both.deleted.length, 2);
  assert.deepEqual(both.failures, []);
});

test('what a batch cannot serve is told for each image', async () => {
  const repository = await stores.repository();
  const [one, two] = [image(), image()];
  await stores.push(repository, one, 'a');
  await stores.push(repository, two, 'b');
  const ids = [
    {},
    { digest: 'sha256:xyz' },
    { tag: '-bad' },
    { tag: 'none' },
    { digest: unknown },
    { tag: 'a', digest: two.manifest.digest },
  ];
  const codes = [
    'MissingDigestAndTag',
    'InvalidImageDigest',
    'InvalidImageTag',
    'ImageNotFound',
    'ImageNotFound',
    'ImageTagDoesNotMatchDigest',
  ];
  const { images } = stores.registry;
  for (const { failures } of [
    await images.getMany(repository, ids),
    await images.deleteMany(repository, ids),
  ]) {
    assert.deepEqual(
      failures.map(({ code }) => code),
      codes,
    );
    assert.deepEqual(
      failures.map(({ imageId }) => imageId),
      ids,
    );
  }
});

test('the delete of the distribution API untags, or removes the image', async () => {
  const repository = await stores.repository();
  const pushed = image();
  const { digest } = pushed.manifest;
  await stores.push(repository, pushed, 'only');
  const { images } = stores.registry;
  await images.delete(repository, { tag: 'only' });
  assert.equal((await images.resolve(repository, { digest })).digest, digest);
  await assert.rejects(images.delete(repository, { tag: 'only' }), coded('ImageNotFound'));
  await images.delete(repository, { digest });
  await assert.rejects(images.delete(repository, { digest }), coded('ImageNotFound'));
});

test('an image that was deleted is not served from memory, and can be pushed again', async () => {
  const repository = await stores.repository();
  const pushed = image();
  const { digest } = pushed.manifest;
  await stores.push(repository, pushed);
  await stores.registry.images.get(repository, { digest });
  await stores.registry.images.delete(repository, { digest });
  await assert.rejects(stores.registry.images.get(repository, { digest }), coded('ImageNotFound'));
  assert.equal((await stores.push(repository, pushed)).isNew, true);
});

test('referrers outlive their subject and are listed by type', async () => {
  const repository = await stores.repository();
  const pushed = image();
  const { digest } = pushed.manifest;
  await stores.push(repository, pushed);
  const [one, two] = [
    referrer(pushed.manifest, 'application/one'),
    referrer(pushed.manifest, 'application/two'),
  ];
  for (const artifact of [one, two]) await stores.push(repository, artifact);
  await stores.registry.images.delete(repository, { digest });
  const list = (artifactTypes?: string[]) =>
    stores.registry.images.listReferrers(repository, digest, {
      limit: 10,
      ...(artifactTypes === undefined ? {} : { artifactTypes }),
    });
  assert.equal((await list()).items.length, 2);
  assert.deepEqual(
    (await list(['application/two'])).items.map((item) => item.digest),
    [two.manifest.digest],
  );
});

test('a pull is written down later, at most once a minute', async () => {
  const repository = await stores.repository();
  const pushed = image();
  const { digest } = pushed.manifest;
  await stores.push(repository, pushed);
  const { images } = stores.registry;
  const pulledAt = async () => (await images.resolve(repository, { digest })).lastPulledAt;
  await images.recordPulls();
  const first = stores.clock.now();
  await images.get(repository, { digest });
  assert.equal(await pulledAt(), undefined);
  assert.equal(await images.recordPulls(), 1);
  assert.equal(await pulledAt(), first);
  stores.clock.time += 59_999;
  await images.get(repository, { digest });
  assert.equal(await images.recordPulls(), 0);
  stores.clock.time += 1;
  await images.getMany(repository, [{ digest }]);
  assert.equal(await images.recordPulls(), 1);
  assert.equal(await pulledAt(), first + 60_000);
});
