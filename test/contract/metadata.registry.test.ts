import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageListEntry, TagStatus } from '../../src/domain/registry/ports.ts';
import type { Repository, TaggedImage } from '../../src/domain/registry/types.ts';
import type { Digest } from '../../src/shared/digest.ts';
import { OCI_INDEX } from '../../src/shared/media-types.ts';
import {
  allPages,
  digest,
  insertImage,
  insertRepository,
  newImage,
  newRepository,
  newUpload,
  openTemporary,
  otherRegistry,
  registry,
} from './metadata-fixture.ts';

const namesOf = (repositories: readonly Repository[]) => repositories.map(({ name }) => name);

test('a repository is found as it was inserted, in its own registry only', async (t) => {
  const metadata = await openTemporary(t);
  const { storage, repositories } = metadata;
  const repository = await insertRepository(metadata, 'team/app', {
    tagMutability: 'IMMUTABLE_WITH_EXCLUSION',
    tagMutabilityExclusions: [{ filterType: 'WILDCARD', filter: 'dev-*' }],
    scanOnPush: true,
    encryption: { encryptionType: 'KMS', kmsKey: 'alias/k' },
  });
  assert.deepEqual(await repositories.find(storage.reader, registry, 'team/app'), repository);
  assert.equal(await repositories.find(storage.reader, otherRegistry, 'team/app'), undefined);
  assert.equal(await repositories.find(storage.reader, registry, 'team'), undefined);
});

test('a taken name is undefined, the same name in another registry is not', async (t) => {
  const metadata = await openTemporary(t);
  const { storage, repositories } = metadata;
  await insertRepository(metadata, 'app');
  assert.equal(await storage.write((tx) => repositories.insert(tx, newRepository('app'))), undefined);
  await insertRepository(metadata, 'app', { registry: otherRegistry });
});

test('update changes the settings', async (t) => {
  const metadata = await openTemporary(t);
  const { storage, repositories } = metadata;
  const repository = await insertRepository(metadata);
  const changed: Repository = { ...repository, tagMutability: 'IMMUTABLE', scanOnPush: true };
  await storage.write((tx) => repositories.update(tx, changed));
  assert.deepEqual(await repositories.find(storage.reader, registry, 'app'), changed);
});

test('repositories are listed by the bytes of their names, and the pages end', async (t) => {
  const metadata = await openTemporary(t);
  const { storage, repositories } = metadata;
  const names = ['b', 'a', 'a/b', 'a-b', 'a.b', 'c0', 'c_'];
  for (const name of names) await insertRepository(metadata, name);
  await insertRepository(metadata, 'aa', { registry: otherRegistry });
  const sorted = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  for (const limit of [1, 3, 7, 8]) {
    const pages = await allPages<Repository, string>((after) =>
      repositories.list(storage.reader, registry, after === undefined ? { limit } : { after, limit }),
    );
    assert.deepEqual(namesOf(pages.flat()), sorted);
    assert.equal(pages.length, Math.ceil(7 / limit), 'no empty page at the end');
  }
});

test('a deleted repository is not found; then all of its own is removed and its id does not come back', async (t) => {
  const metadata = await openTemporary(t);
  const { storage, repositories, images, tags, layers, uploads, imageSigningStatuses } = metadata;
  const { repositoryRemains: remains } = metadata;
  const repository = await insertRepository(metadata);
  const other = await insertRepository(metadata, 'other');
  for (const { id } of [repository, other]) {
    await insertImage(metadata, newImage(id, 1), {
      tags: ['latest'],
      references: [{ kind: 'layer', digest: digest(8) }],
    });
    await storage.write(async (tx) => {
      await layers.put(tx, id, { digest: digest(8), sizeBytes: 1 }, 1);
      await uploads.insert(tx, newUpload(id, `upload-${id}`));
      await imageSigningStatuses.put(tx, {
        repositoryId: id,
        digest: digest(1),
        profileArn: 'arn',
        profileVersion: 'v',
        jobId: 'j',
        state: { status: 'COMPLETE' },
        updatedAt: 1,
      });
    });
  }
  assert.equal((await images.some(storage.reader, repository.id, 2)).length, 1);
  const { reader } = storage;
  assert.equal(await remains.next(reader), undefined);
  await storage.write((tx) => repositories.delete(tx, repository, 1));
  assert.equal(await repositories.find(reader, registry, 'app'), undefined);
  assert.equal(await repositories.findById(reader, repository.id), undefined);
  assert.deepEqual((await repositories.list(reader, registry, { limit: 10 })).items, [other]);
  assert.equal((await layers.findHolder(reader, registry, digest(8)))?.id, other.id);
  assert.equal(await uploads.count(reader, registry), 1);
  const successor = await insertRepository(metadata);
  assert.equal((await repositories.find(reader, registry, 'app'))?.id, successor.id);

  assert.equal(await remains.next(reader), repository.id);
  while ((await storage.write((tx) => remains.removeSome(tx, repository.id))) === 'more');
  assert.equal(await remains.next(reader), undefined);
  for (const [id, there] of [
    [repository.id, false],
    [other.id, true],
  ] as const) {
    assert.equal((await images.find(reader, id, digest(1))) !== undefined, there);
    assert.equal((await images.manifestBytes(reader, id, digest(1))) !== undefined, there);
    assert.equal((await tags.find(reader, id, 'latest')) !== undefined, there);
    assert.equal((await layers.find(reader, id, digest(8))) !== undefined, there);
    assert.equal(await layers.isReferenced(reader, id, digest(8)), there);
    assert.equal((await uploads.find(reader, `upload-${id}`)) !== undefined, there);
    assert.equal((await imageSigningStatuses.list(reader, id, digest(1))).length, there ? 1 : 0);
    assert.equal((await images.some(reader, id, 2)).length, there ? 1 : 0);
  }
  await storage.write((tx) => repositories.delete(tx, other, 1));
  await storage.write((tx) => repositories.delete(tx, successor, 1));
  for (const { id } of [other, successor])
    while ((await storage.write((tx) => remains.removeSome(tx, id))) === 'more');
  const again = await insertRepository(metadata);
  assert.ok(again.id > successor.id);
});

test('an image is found as it was inserted, with its exact bytes', async (t) => {
  const metadata = await openTemporary(t);
  const { storage, images } = metadata;
  const { id } = await insertRepository(metadata);
  const full = newImage(id, 1, {
    mediaType: OCI_INDEX,
    artifactType: 'application/x',
    subject: digest(99),
    annotations: { 'org.example': 'ü "quoted"', empty: '' },
    lastPulledAt: 5,
  });
  const bytes = Uint8Array.from([0, 255, 10, 13, 0]);
  await storage.write((tx) => images.insert(tx, full, bytes, []));
  await insertImage(metadata, newImage(id, 2));
  assert.deepEqual(await images.find(storage.reader, id, digest(1)), full);
  assert.deepEqual(await images.find(storage.reader, id, digest(2)), newImage(id, 2));
  assert.deepEqual(await images.manifestBytes(storage.reader, id, digest(1)), bytes);
  assert.equal(await images.find(storage.reader, id + 1, digest(1)), undefined);
  assert.equal(await images.find(storage.reader, id, digest(3)), undefined);
  assert.equal(await images.manifestBytes(storage.reader, id, digest(3)), undefined);
});

test('the same digest twice in a repository is refused', async (t) => {
  const metadata = await openTemporary(t);
  const { id } = await insertRepository(metadata);
  await insertImage(metadata, newImage(id, 1));
  await assert.rejects(insertImage(metadata, newImage(id, 1)), /UNIQUE/);
});

test('a deleted image takes its tags, bytes and references with it', async (t) => {
  const metadata = await openTemporary(t);
  const { storage, images, tags, layers } = metadata;
  const { id } = await insertRepository(metadata);
  const references = [{ kind: 'layer', digest: digest(50) }] as const;
  await insertImage(metadata, newImage(id, 1), { tags: ['a', 'b'], references });
  await insertImage(metadata, newImage(id, 2), { tags: ['c'] });
  await storage.write((tx) => images.delete(tx, id, digest(1), 1));
  assert.equal(await images.find(storage.reader, id, digest(1)), undefined);
  assert.equal(await images.manifestBytes(storage.reader, id, digest(1)), undefined);
  assert.equal(await layers.isReferenced(storage.reader, id, digest(50)), false);
  const { items } = await tags.list(storage.reader, id, { limit: 10 });
  assert.deepEqual(items, ['c']);
});

test('missing tells which digests are not images, each once, however many are asked', async (t) => {
  const metadata = await openTemporary(t);
  const { storage, images } = metadata;
  const { id } = await insertRepository(metadata);
  for (const n of [1, 3, 200]) await insertImage(metadata, newImage(id, n));
  const ask = (digests: readonly Digest[]) => images.missing(storage.reader, id, digests);
  assert.deepEqual(await ask([]), []);
  assert.deepEqual(await ask([digest(1)]), []);
  assert.deepEqual(await ask([digest(2), digest(1), digest(2), digest(3)]), [digest(2)]);
  const many = Array.from({ length: 300 }, (_, n) => digest(n));
  const absent = many.filter((_, n) => ![1, 3, 200].includes(n));
  assert.deepEqual(await ask(many), absent);
  assert.deepEqual(await images.missing(storage.reader, id + 1, [digest(1)]), [digest(1)]);
});

test('parents are the indexes that list the image, up to the limit', async (t) => {
  const metadata = await openTemporary(t);
  const { storage, images } = metadata;
  const { id } = await insertRepository(metadata);
  const twice = { kind: 'manifest', digest: digest(1) } as const;
  for (const n of [10, 11, 12])
    await insertImage(metadata, newImage(id, n, { mediaType: OCI_INDEX }), { references: [twice, twice] });
  await insertImage(metadata, newImage(id, 13), { references: [{ kind: 'config', digest: digest(1) }] });
  const parents = (limit: number) => images.parents(storage.reader, id, digest(1), limit);
  assert.deepEqual(await parents(5), [digest(10), digest(11), digest(12)]);
  assert.deepEqual(await parents(2), [digest(10), digest(11)]);
  await storage.write((tx) => images.delete(tx, id, digest(11), 1));
  assert.deepEqual(await parents(5), [digest(10), digest(12)]);
});

test('touchPulled sets the time of the last pull alone', async (t) => {
  const metadata = await openTemporary(t);
  const { storage, images } = metadata;
  const { id } = await insertRepository(metadata);
  await insertImage(metadata, newImage(id, 1), { tags: ['a'] });
  await storage.write((tx) => images.touchPulled(tx, id, digest(1), 77));
  assert.deepEqual(await images.find(storage.reader, id, digest(1)), newImage(id, 1, { lastPulledAt: 77 }));
});

test('tags move, and count for the image that they point at', async (t) => {
  const metadata = await openTemporary(t);
  const { storage, tags, imageLists } = metadata;
  const { id } = await insertRepository(metadata);
  await insertImage(metadata, newImage(id, 1), { tags: ['a', 'b', 'a'] });
  await insertImage(metadata, newImage(id, 2));
  const tagged = async (tagStatus: TagStatus) =>
    (await imageLists.describe(storage.reader, id, { tagStatus, limit: 10 })).items.map(
      ({ digest, tags }) => [digest, tags] as const,
    );
  assert.deepEqual(await tagged('TAGGED'), [[digest(1), ['a', 'b']]]);
  await storage.write(async (tx) => {
    await tags.put(tx, id, 'a', digest(2), 2);
    await tags.put(tx, id, 'b', digest(2), 2);
  });
  assert.equal(await tags.find(storage.reader, id, 'a'), digest(2));
  assert.equal(await tags.find(storage.reader, id, 'A'), undefined);
  assert.deepEqual(await tags.ofImage(storage.reader, id, digest(1)), []);
  assert.deepEqual(await tags.ofImage(storage.reader, id, digest(2)), ['a', 'b']);
  assert.deepEqual(await tagged('TAGGED'), [[digest(2), ['a', 'b']]]);
  assert.deepEqual(await tagged('UNTAGGED'), [[digest(1), []]]);
  assert.equal(await storage.write((tx) => tags.delete(tx, id, 'a')), true);
  assert.equal(await storage.write((tx) => tags.delete(tx, id, 'a')), false);
  assert.equal(await storage.write((tx) => tags.delete(tx, id, 'b')), true);
  assert.deepEqual(await tagged('TAGGED'), []);
  assert.deepEqual(await tagged('UNTAGGED'), [
    [digest(1), []],
    [digest(2), []],
  ]);
});

test('a tag for an image that is not there is refused', async (t) => {
  const metadata = await openTemporary(t);
  const { id } = await insertRepository(metadata);
  await assert.rejects(
    metadata.storage.write((tx) => metadata.tags.put(tx, id, 'a', digest(1), 1)),
    /FOREIGN KEY/,
  );
});

test('tags are listed by their bytes, and the pages end', async (t) => {
  const metadata = await openTemporary(t);
  const { storage, tags } = metadata;
  const { id } = await insertRepository(metadata);
  const names = ['v10', 'v9', 'V1', '_x', '1.0', 'latest'];
  await insertImage(metadata, newImage(id, 1), { tags: names });
  for (const limit of [1, 2, 6, 7]) {
    const pages = await allPages<string, string>((after) =>
      tags.list(storage.reader, id, after === undefined ? { limit } : { after, limit }),
    );
    assert.deepEqual(pages.flat(), ['1.0', 'V1', '_x', 'latest', 'v10', 'v9']);
    assert.equal(pages.length, Math.ceil(6 / limit));
  }
});

test('image lists page by digest and tag for every tag status and limit', async (t) => {
  const metadata = await openTemporary(t);
  const { storage, imageLists } = metadata;
  const { id } = await insertRepository(metadata);
  const other = await insertRepository(metadata, 'other');
  const all: { readonly digest: Digest; readonly tags: string[] }[] = [];
  for (let n = 0; n < 12; n += 1) {
    const tags = Array.from({ length: n % 4 }, (_, k) => `t${n}-${k}`);
    await insertImage(metadata, newImage(id, n), { tags });
    await insertImage(metadata, newImage(other.id, n), { tags: ['x'] });
    all.push({ digest: digest(n), tags });
  }
  for (const tagStatus of ['TAGGED', 'UNTAGGED', 'ANY'] as const) {
    const expected = all.filter(
      ({ tags }) => tagStatus === 'ANY' || (tagStatus === 'TAGGED') === tags.length > 0,
    );
    const lines = expected.flatMap(({ digest, tags }): ImageListEntry[] =>
      tags.length === 0 ? [{ digest }] : tags.map((tag) => ({ digest, tag })),
    );
    for (const limit of [1, 2, 3, 5, 100]) {
      const images = await allPages((after: Digest | undefined) =>
        imageLists.describe(storage.reader, id, { tagStatus, limit, ...(after && { after }) }),
      );
      assert.deepEqual(
        images.flat().map(({ digest, tags }) => ({ digest, tags })),
        expected,
      );
      assert.equal(images.length, Math.ceil(expected.length / limit));
      const entries = await allPages((after: ImageListEntry | undefined) =>
        imageLists.entries(storage.reader, id, { tagStatus, limit, ...(after && { after }) }),
      );
      assert.deepEqual(entries.flat(), lines);
      assert.equal(entries.length, Math.ceil(lines.length / limit));
    }
  }
});

test('referrers are those of the subject, of the types asked, managed ones first, by digest', async (t) => {
  const metadata = await openTemporary(t);
  const { storage, imageLists } = metadata;
  const { id } = await insertRepository(metadata);
  const subject = digest(1000);
  const types = ['a/a', 'b/b', undefined];
  interface Expected {
    readonly digest: Digest;
    readonly type: string | undefined;
    readonly isManaged: boolean;
  }
  const expected: Expected[] = [];
  for (let n = 0; n < 9; n += 1) {
    const artifactType = types[n % 3];
    const annotations = { n: `${n}` };
    const isManaged = n % 4 === 3;
    await insertImage(
      metadata,
      newImage(id, n, {
        subject,
        annotations,
        ...(artifactType && { artifactType }),
        ...(isManaged && { signingJobId: `job-${n}` }),
      }),
    );
    await insertImage(metadata, newImage(id, 100 + n, { subject: digest(2000), artifactType: 'a/a' }));
    expected.push({ digest: digest(n), type: artifactType, isManaged });
  }
  expected.sort((a, b) => Number(b.isManaged) - Number(a.isManaged));
  const list = (artifactTypes: readonly string[] | undefined, limit: number) =>
    allPages((after: Digest | undefined) =>
      imageLists.referrers(storage.reader, id, subject, {
        limit,
        ...(after && { after }),
        ...(artifactTypes && { artifactTypes }),
      }),
    );
  for (const asked of [undefined, ['a/a'], ['b/b', 'a/a', 'b/b'], ['none'], []] as const)
    for (const limit of [1, 2, 4, 20]) {
      const pages = await list(asked, limit);
      const wanted = expected.filter(
        ({ type }) => asked === undefined || (asked as readonly unknown[]).includes(type),
      );
      assert.deepEqual(
        pages.flat().map((image) => image.digest),
        wanted.map((image) => image.digest),
      );
      assert.ok(pages.length <= Math.max(1, Math.ceil(wanted.length / limit)));
    }
  const [first] = (await list(undefined, 20)).flat();
  assert.deepEqual(first?.annotations, { n: '3' });
});

test('a page of descriptions is bounded by its tags as well, and holds all tags of its images', async (t) => {
  const metadata = await openTemporary(t);
  const { storage, imageLists, tags } = metadata;
  const { id } = await insertRepository(metadata);
  const tagsOf = (image: number) =>
    Array.from(
      { length: image % 4 === 0 ? 0 : 1000 },
      (_, tag) => `i${image}-${String(tag).padStart(4, '0')}`,
    );
  for (let n = 1; n <= 20; n += 1) {
    await insertImage(metadata, newImage(id, n));
    await storage.write(async (tx) => {
      for (const tag of tagsOf(n)) await tags.put(tx, id, tag, digest(n), 1);
    });
  }
  for (const [tagStatus, expected] of [
    ['ANY', 20],
    ['TAGGED', 15],
    ['UNTAGGED', 5],
  ] as const) {
    const pages = await allPages<TaggedImage, Digest>((after) =>
      imageLists.describe(storage.reader, id, { tagStatus, limit: 1000, ...(after && { after }) }),
    );
    const images = pages.flat();
    assert.equal(images.length, expected);
    for (const { digest: of, tags: found } of images)
      assert.deepEqual(found, tagsOf(Number.parseInt(of.slice(7), 16)));
    for (const page of pages) assert.ok(page.reduce((sum, { tags: found }) => sum + found.length, 0) <= 5000);
    assert.ok(pages.every((page) => page.length > 0));
  }
});
