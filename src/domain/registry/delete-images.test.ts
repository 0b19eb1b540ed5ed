// Deletes and reads of several images, on real stores.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { image, index, referrer, type TestImage } from '../../../test/helpers/images.ts';
import { openRegistryStores, type RegistryStores } from '../../../test/helpers/registry-stores.ts';
import { type Digest, digestOf } from '../../shared/digest.ts';
import { OCI_MANIFEST } from '../../shared/media-types.ts';
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

/** As the server publishes what it signed for a push. */
async function publishSignature(
  repository: { readonly id: number },
  subject: TestImage,
): Promise<{ readonly digest: Digest }> {
  const { manifest } = referrer(subject.manifest, 'application/vnd.cncf.notary.signature');
  const { storage, images } = stores.metadata;
  await storage.write((tx) =>
    images.insert(
      tx,
      {
        repositoryId: repository.id,
        digest: manifest.digest,
        mediaType: OCI_MANIFEST,
        subject: subject.manifest.digest,
        manifestSizeBytes: manifest.bytes.length,
        imageSizeBytes: 1,
        pushedAt: 1,
        signingJobId: 'job',
      },
      manifest.bytes,
      [],
    ),
  );
  return { digest: manifest.digest };
}

test('a managed signature goes with its image, whether the call names it or not, in any order', async () => {
  const repository = await stores.repository();
  const { images } = stores.registry;
  const left = async () => (await images.list(repository, { tagStatus: 'ANY', limit: 100 })).items;
  for (const by of ['digest', 'tag', 'oci'] as const) {
    const pushed = image();
    const { digest } = pushed.manifest;
    await stores.push(repository, pushed, 'v1');
    const signature = await publishSignature(repository, pushed);
    assert.equal((await left()).length, 2);
    if (by === 'oci') await images.delete(repository, { digest });
    else await images.deleteMany(repository, [by === 'tag' ? { tag: 'v1' } : { digest }]);
    assert.deepEqual(await left(), [], by);
    await assert.rejects(images.get(repository, signature), coded('ImageNotFound'));
  }
  for (const signatureFirst of [true, false]) {
    const pushed = image();
    await stores.push(repository, pushed);
    const signature = await publishSignature(repository, pushed);
    const ids = [signature, { digest: pushed.manifest.digest }];
    const { deleted, failures } = await images.deleteMany(
      repository,
      signatureFirst ? ids : ids.toReversed(),
    );
    assert.deepEqual(failures, []);
    assert.deepEqual(new Set(deleted.map(({ digest }) => digest)), new Set(ids.map(({ digest }) => digest)));
    assert.deepEqual(await left(), []);
  }
});

test('what clients attach stays when the image goes', async () => {
  const repository = await stores.repository();
  const pushed = image();
  await stores.push(repository, pushed);
  const attached = referrer(pushed.manifest, 'application/vnd.cncf.notary.signature');
  await stores.push(repository, attached);
  await publishSignature(repository, pushed);
  await stores.registry.images.delete(repository, { digest: pushed.manifest.digest });
  const { items } = await stores.registry.images.list(repository, { tagStatus: 'ANY', limit: 10 });
  assert.deepEqual(items, [{ digest: attached.manifest.digest }]);
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

test('a batch of images with many tags is deleted in several transactions, none of them long', async () => {
  const repository = await stores.repository();
  const tags = (image: number) => Array.from({ length: 500 }, (_, tag) => `t${image}-${tag}`);
  const pushed = await Promise.all(
    Array.from({ length: 20 }, (_, at) => stores.push(repository, image(), ...tags(at))),
  );
  let longest = 0;
  let before = process.threadCpuUsage();
  let turns = 0;
  const timer = setInterval(() => {
    const { user, system } = process.threadCpuUsage(before);
    before = process.threadCpuUsage();
    longest = Math.max(longest, (user + system) / 1000);
    turns += 1;
  }, 1);
  const { deleted, failures } = await stores.registry.images.deleteMany(
    repository,
    pushed.map((stored) => ({ digest: stored.image.digest })),
  );
  clearInterval(timer);
  assert.deepEqual([deleted.length, failures.length], [20 * 500, 0]);
  assert.ok(turns > 2, `${turns} turns`);
  assert.ok(longest < 100, `${longest} ms`);
});

test('named images with many tags are described in several turns', async () => {
  const repository = await stores.repository();
  const pushed: Digest[] = [];
  for (let at = 0; at < 5; at += 1) {
    const tags = Array.from({ length: 1000 }, (_, tag) => `d${at}-${tag}`);
    pushed.push((await stores.push(repository, image(), ...tags)).image.digest);
  }
  let pauses = 0;
  stores.hook.pause = () => (pauses += 1);
  const { items } = await stores.registry.images.describe(repository, {
    ids: pushed.map((digest) => ({ digest })),
    tagStatus: 'ANY',
    limit: 100,
  });
  delete stores.hook.pause;
  assert.deepEqual(
    items.map(({ tags }) => tags.length),
    [1000, 1000, 1000, 1000, 1000],
  );
  assert.equal(pauses, 2);
});
