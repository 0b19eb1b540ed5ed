import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ListImageReferrersCommand, type ListImageReferrersRequest } from '@aws-sdk/client-ecr';
import { allPages, type EcrWorld, openEcr, refused } from '../../helpers/ecr-world.ts';
import { image, referrer } from '../../helpers/images.ts';

let world: EcrWorld;
before(async () => {
  world = await openEcr();
});
after(() => world.close());

const list = (repositoryName: string, imageDigest: string, input: Partial<ListImageReferrersRequest> = {}) =>
  world.send(new ListImageReferrersCommand({ repositoryName, subjectId: { imageDigest }, ...input }));

async function withReferrers(...types: string[]) {
  const repositoryName = await world.repository();
  const subject = image();
  const digest = await world.push(repositoryName, subject);
  const artifacts = types.map((type) => referrer(subject.manifest, type));
  for (const artifact of artifacts) await world.push(repositoryName, artifact);
  return { repositoryName, digest, artifacts };
}

test('lists what refers to the image', async () => {
  const { repositoryName, digest, artifacts } = await withReferrers('application/one');
  const [artifact] = artifacts;
  const { referrers } = await list(repositoryName, digest);
  assert.deepEqual(referrers, [
    {
      digest: artifact?.manifest.digest,
      mediaType: artifact?.manifest.mediaType,
      artifactType: 'application/one',
      size: artifact?.manifest.bytes.length,
      artifactStatus: 'ACTIVE',
    },
  ]);
});

test('filters by type and by status', async () => {
  const { repositoryName, digest } = await withReferrers(
    'application/one',
    'application/two',
    'application/two',
  );
  const count = async (filter: ListImageReferrersRequest['filter']) =>
    (await list(repositoryName, digest, { filter })).referrers?.length;
  assert.equal(await count({ artifactTypes: ['application/two'] }), 2);
  assert.equal(await count({ artifactTypes: ['application/one', 'application/two'] }), 3);
  assert.equal(await count({ artifactTypes: ['application/none'] }), 0);
  assert.equal(await count({ artifactTypes: [] }), 3);
  assert.equal(await count({ artifactStatus: 'ACTIVE' }), 3);
  assert.equal(await count({ artifactStatus: 'ARCHIVED' }), 0);
});

test('pages come to an end', async () => {
  const { repositoryName, digest, artifacts } = await withReferrers(
    ...Array.from({ length: 5 }, () => 'application/x'),
  );
  const pages = await allPages((nextToken) => list(repositoryName, digest, { nextToken, maxResults: 2 }));
  assert.deepEqual(
    pages.flatMap(({ referrers = [] }) => referrers.map((r) => r.digest)),
    artifacts.map(({ manifest }) => manifest.digest).toSorted(),
  );
});

test('an image that is not there may have referrers, or none', async () => {
  const repositoryName = await world.repository();
  const subject = image();
  assert.deepEqual((await list(repositoryName, subject.manifest.digest)).referrers, []);
  await world.push(repositoryName, referrer(subject.manifest, 'application/x'));
  assert.equal((await list(repositoryName, subject.manifest.digest)).referrers?.length, 1);
});

test('refuses unknown repositories, digests that are none, and tokens of another subject', async () => {
  const { repositoryName, digest } = await withReferrers('application/x', 'application/y');
  await refused(list('no/such', digest), 'RepositoryNotFoundException');
  await refused(list(repositoryName, 'x'), 'InvalidParameterException', /subjectId\.imageDigest/);
  await refused(list(repositoryName, digest, { maxResults: 51 }), 'InvalidParameterException', /maxResults/);
  const { nextToken } = await list(repositoryName, digest, { maxResults: 1 });
  const other = image().manifest.digest;
  await refused(list(repositoryName, other, { nextToken }), 'InvalidParameterException', /nextToken/);
});
