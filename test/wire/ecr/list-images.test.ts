import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ListImagesCommand, type ListImagesRequest } from '@aws-sdk/client-ecr';
import { allPages, type EcrWorld, openEcr, refused } from '../../helpers/ecr-world.ts';
import { image } from '../../helpers/images.ts';

let world: EcrWorld;
before(async () => {
  world = await openEcr();
});
after(() => world.close());

const list = (repositoryName: string, input: Partial<ListImagesRequest> = {}) =>
  world.send(new ListImagesCommand({ repositoryName, ...input }));

test('has a line for each tag and each image without one, in pages', async () => {
  const repositoryName = await world.repository();
  const tagged = await world.push(repositoryName, image(), 'a', 'b');
  const untagged = await world.push(repositoryName, image());
  const pages = await allPages((nextToken) => list(repositoryName, { nextToken, maxResults: 1 }));
  assert.deepEqual(
    new Set(pages.flatMap(({ imageIds = [] }) => imageIds.map((id) => JSON.stringify(id)))),
    new Set([
      JSON.stringify({ imageDigest: tagged, imageTag: 'a' }),
      JSON.stringify({ imageDigest: tagged, imageTag: 'b' }),
      JSON.stringify({ imageDigest: untagged }),
    ]),
  );
  assert.equal(pages.length, 3);
});

test('filters by tag status and by image status', async () => {
  const repositoryName = await world.repository();
  const tagged = await world.push(repositoryName, image(), 'a');
  const untagged = await world.push(repositoryName, image());
  const digests = async (filter: ListImagesRequest['filter']) =>
    (await list(repositoryName, { filter })).imageIds?.map(({ imageDigest }) => imageDigest);
  assert.deepEqual(await digests({ tagStatus: 'TAGGED' }), [tagged]);
  assert.deepEqual(await digests({ tagStatus: 'UNTAGGED' }), [untagged]);
  assert.equal((await digests({ tagStatus: 'ANY', imageStatus: 'ACTIVE' }))?.length, 2);
  assert.deepEqual(await digests({ imageStatus: 'ARCHIVED' }), []);
});

test('a page token is good for its own list only', async () => {
  const repositoryName = await world.repository();
  await world.push(repositoryName, image(), 'a', 'b');
  const { nextToken } = await list(repositoryName, { maxResults: 1 });
  assert.ok(nextToken);
  const other = await world.repository();
  await refused(list(other, { nextToken }), 'InvalidParameterException', /nextToken/);
  const filter = { tagStatus: 'TAGGED' as const };
  await refused(list(repositoryName, { nextToken, filter }), 'InvalidParameterException', /nextToken/);
  assert.equal((await list(repositoryName, { nextToken })).imageIds?.length, 1);
});

test('refuses unknown repositories and filters', async () => {
  await refused(list('no/such'), 'RepositoryNotFoundException');
  const repositoryName = await world.repository();
  await refused(
    list(repositoryName, { filter: { tagStatus: 'SOME' as 'ANY' } }),
    'InvalidParameterException',
    /filter\.tagStatus/,
  );
  await refused(list(repositoryName, { maxResults: 0 }), 'InvalidParameterException', /maxResults/);
});
