// What clients attached to images that were deleted, on real stores.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  image,
  index,
  manifestOf,
  referrer,
  type TestImage,
  type TestManifest,
} from '../../../test/helpers/images.ts';
import { openRegistryStores, type RegistryStores } from '../../../test/helpers/registry-stores.ts';
import type { Digest } from '../../shared/digest.ts';
import { OCI_INDEX } from '../../shared/media-types.ts';
import { referrersFallbackTag } from '../../shared/names.ts';
import { isDomainError } from '../errors.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SBOM = 'application/vnd.example.sbom';

interface Test {
  after(fn: () => Promise<void>): void;
}

async function opened(t: Test, options: Parameters<typeof openRegistryStores>[0] = {}) {
  const stores = await openRegistryStores(options);
  t.after(() => stores.close());
  const repository = await stores.repository();
  return {
    stores,
    repository,
    push: (pushed: TestImage, ...tags: string[]) => stores.push(repository, pushed, ...tags),
    delete: (digest: Digest) => stores.registry.images.delete(repository, { digest }),
    later(ms: number) {
      stores.clock.time += ms;
      return stores.registry.referrerRemoval.removeDue();
    },
    left: async () => {
      const { items } = await stores.registry.images.list(repository, { tagStatus: 'ANY', limit: 1000 });
      return new Set(items.map(({ digest }) => digest));
    },
  };
}

const refused = (stores: RegistryStores, repository: Awaited<ReturnType<RegistryStores['repository']>>) =>
  assert.rejects(stores.registry.repositories.delete(repository, { force: false }), (error) =>
    isDomainError(error, 'RepositoryNotEmpty'),
  );

/** The list that clients without the referrers API keep. */
function listOf(referrers: readonly TestImage[]): TestManifest {
  const manifests = referrers.map(({ manifest }) => ({
    mediaType: manifest.mediaType,
    digest: manifest.digest,
    size: manifest.bytes.length,
  }));
  return manifestOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }, OCI_INDEX);
}

test('referrers, and what refers to them, go within a day of their subject', async (t) => {
  const world = await opened(t);
  const [gone, stays] = [image(), image()];
  const sbom = referrer(gone.manifest, SBOM);
  const signatureOfSbom = referrer(sbom.manifest, 'application/vnd.example.signature');
  const other = referrer(stays.manifest, SBOM);
  for (const pushed of [gone, stays, sbom, signatureOfSbom, other]) await world.push(pushed);
  world.stores.clock.time += 1;
  await world.delete(gone.manifest.digest);
  assert.equal(await world.later(HOUR_MS), 0);
  assert.equal((await world.left()).size, 4, 'the image may be pushed again for a while');
  assert.equal(await world.later(DAY_MS - HOUR_MS), 2);
  assert.deepEqual(await world.left(), new Set([stays.manifest.digest, other.manifest.digest]));
  assert.equal(await world.later(DAY_MS), 0);
});

test('an image that was pushed again keeps them, until it is deleted again', async (t) => {
  const world = await opened(t);
  const pushed = image();
  const sbom = referrer(pushed.manifest, SBOM);
  for (const one of [pushed, sbom]) await world.push(one);
  world.stores.clock.time += 1;
  await world.delete(pushed.manifest.digest);
  world.stores.clock.time += HOUR_MS;
  await world.push(pushed);
  assert.equal(await world.later(DAY_MS), 0);
  assert.equal((await world.left()).size, 2);
  await world.delete(pushed.manifest.digest);
  assert.equal(await world.later(DAY_MS), 1);
  assert.equal((await world.left()).size, 0);
});

test('what refers to an image that never was, or was attached after the deletion, stays', async (t) => {
  const world = await opened(t);
  const [never, gone] = [image(), image()];
  const early = referrer(never.manifest, SBOM);
  const before = referrer(gone.manifest, SBOM);
  for (const one of [early, gone, before]) await world.push(one);
  world.stores.clock.time += 1;
  await world.delete(gone.manifest.digest);
  const after = referrer(gone.manifest, SBOM);
  await world.push(after);
  assert.equal(await world.later(DAY_MS), 1);
  assert.deepEqual(await world.left(), new Set([early.manifest.digest, after.manifest.digest]));
});

test('the list of referrers goes with them; an image under a tag like that stays', async (t) => {
  const world = await opened(t);
  const [gone, other] = [image(), image()];
  const sbom = referrer(gone.manifest, SBOM);
  for (const one of [gone, other, sbom]) await world.push(one);
  const list = listOf([sbom]);
  await world.stores.put(world.repository, list, { tags: [referrersFallbackTag(gone.manifest.digest)] });
  const lookalike = index([{ manifest: other.manifest, architecture: 'amd64' }]);
  await world.stores.put(world.repository, lookalike, {
    tags: [referrersFallbackTag(other.manifest.digest)],
  });
  world.stores.clock.time += 1;
  await world.delete(gone.manifest.digest);
  assert.equal(await world.later(DAY_MS), 2);
  assert.deepEqual(await world.left(), new Set([other.manifest.digest, lookalike.digest]));
});

test('a referrer that an index lists stays with the index, and goes when that is gone', async (t) => {
  const world = await opened(t);
  const gone = image();
  const sbom = referrer(gone.manifest, SBOM);
  for (const one of [gone, sbom]) await world.push(one);
  const holder = index([{ manifest: sbom.manifest, architecture: 'amd64' }]);
  await world.stores.put(world.repository, holder, { tags: ['holder'] });
  world.stores.clock.time += 1;
  await world.delete(gone.manifest.digest);
  assert.equal(await world.later(DAY_MS), 0);
  assert.equal((await world.left()).size, 2);
  await world.delete(holder.digest);
  assert.equal(await world.later(2 * DAY_MS), 1);
  assert.equal((await world.left()).size, 0);
});

test('a repository of which only such referrers are left is empty; one with others is not', async (t) => {
  const world = await opened(t);
  const { stores, repository } = world;
  const [gone, never] = [image(), image()];
  const sbom = referrer(gone.manifest, SBOM);
  const signatureOfSbom = referrer(sbom.manifest, 'application/vnd.example.signature');
  const early = referrer(never.manifest, SBOM);
  for (const one of [gone, sbom, signatureOfSbom, early]) await world.push(one);
  await stores.put(repository, listOf([sbom]), { tags: [referrersFallbackTag(gone.manifest.digest)] });
  stores.clock.time += 1;
  await refused(stores, repository);
  await world.delete(gone.manifest.digest);
  await refused(stores, repository);
  await world.delete(early.manifest.digest);
  await stores.registry.repositories.delete(repository, { force: false });
});

test('with `keep` they stay, and so does the repository', async (t) => {
  const world = await opened(t, { referrersOfDeleted: 'keep' });
  const gone = image();
  const sbom = referrer(gone.manifest, SBOM);
  for (const one of [gone, sbom]) await world.push(one);
  world.stores.clock.time += 1;
  await world.delete(gone.manifest.digest);
  assert.equal(await world.later(2 * DAY_MS), 0);
  assert.equal((await world.left()).size, 1);
  await refused(world.stores, world.repository);
});

test('many are removed in steps, each a transaction; one that fails leaves the rest for the next run', async (t) => {
  const world = await opened(t);
  const { stores } = world;
  const gone = image();
  await world.push(gone);
  const referrers = Array.from({ length: 60 }, () => referrer(gone.manifest, SBOM));
  for (const one of referrers) await world.push(one);
  stores.clock.time += 1;
  await world.delete(gone.manifest.digest);
  const stopping = new AbortController();
  stores.hook.pause = () => stopping.abort();
  stores.clock.time += DAY_MS;
  await assert.rejects(stores.registry.referrerRemoval.removeDue(stopping.signal), { name: 'AbortError' });
  const { size } = await world.left();
  assert.ok(size > 0 && size < 60, `${size} are left`);
  delete stores.hook.pause;
  assert.equal(await world.later(1), size);
  assert.equal((await world.left()).size, 0);
});

test('clients may attach so much to one image and to a repository, and no more at once', async (t) => {
  const world = await opened(t, { referrersPerRepository: 1003 });
  const { stores, repository } = world;
  const [one, other] = [image(), image()];
  for (const pushed of [one, other]) await world.push(pushed);
  const limited = (pattern: RegExp) => (error: unknown) =>
    isDomainError(error, 'LimitExceeded') && pattern.test((error as Error).message);
  const attached = Array.from({ length: 1000 }, () => referrer(one.manifest, SBOM));
  for (const pushed of attached) await world.push(pushed);
  const [first] = attached;
  assert.ok(first !== undefined);
  await assert.rejects(world.push(referrer(one.manifest, SBOM)), limited(/refer to it which is '1000'$/));
  await world.push(first);
  const racing = await Promise.allSettled(
    Array.from({ length: 6 }, () => world.push(referrer(other.manifest, SBOM))),
  );
  assert.equal(racing.filter(({ status }) => status === 'fulfilled').length, 3);
  await assert.rejects(
    world.push(referrer(other.manifest, SBOM)),
    limited(/manifests with a subject which is '1003'$/),
  );
  await world.push(image());
  await stores.registry.images.delete(repository, { digest: first.manifest.digest });
  await world.push(referrer(one.manifest, SBOM));
});
