import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { BatchDeleteImageCommand, DescribeImagesCommand, type ImageIdentifier } from '@aws-sdk/client-ecr';
import { type EcrWorld, openEcr, refused } from '../../helpers/ecr-world.ts';
import { image, index } from '../../helpers/images.ts';

let world: EcrWorld;
before(async () => {
  world = await openEcr();
});
after(() => world.close());

const remove = (repositoryName: string, ...imageIds: ImageIdentifier[]) =>
  world.send(new BatchDeleteImageCommand({ repositoryName, imageIds }));
const count = async (repositoryName: string) =>
  (await world.send(new DescribeImagesCommand({ repositoryName }))).imageDetails?.length;

test('by tag untags; the last tag takes the image with it', async () => {
  const repositoryName = await world.repository();
  const imageDigest = await world.push(repositoryName, image(), 'a', 'b');
  for (const [imageTag, left] of [
    ['a', 1],
    ['b', 0],
  ] as const) {
    const { imageIds, failures } = await remove(repositoryName, { imageTag });
    assert.deepEqual(imageIds, [{ imageDigest, imageTag }]);
    assert.deepEqual(failures, []);
    assert.equal(await count(repositoryName), left);
  }
});

test('by digest the image goes with all its tags', async () => {
  const repositoryName = await world.repository();
  const imageDigest = await world.push(repositoryName, image(), 'a', 'b');
  const { imageIds } = await remove(repositoryName, { imageDigest });
  assert.deepEqual(imageIds, [
    { imageDigest, imageTag: 'a' },
    { imageDigest, imageTag: 'b' },
  ]);
  assert.equal(await count(repositoryName), 0);
});

test('a child of an index stays', async () => {
  const repositoryName = await world.repository();
  const child = image();
  const imageDigest = await world.push(repositoryName, child);
  const list = index([{ manifest: child.manifest, architecture: 'amd64' }]);
  await world.put(repositoryName, list, 'list');
  const { imageIds, failures } = await remove(repositoryName, { imageDigest });
  assert.deepEqual(imageIds, []);
  assert.deepEqual(failures, [
    {
      imageId: { imageDigest },
      failureCode: 'ImageReferencedByManifestList',
      failureReason: `Requested image referenced by manifest list: [${list.digest}]`,
    },
  ]);
});

test('what is not there fails, the others go', async () => {
  const repositoryName = await world.repository();
  await world.push(repositoryName, image(), 'a');
  const { imageIds, failures } = await remove(repositoryName, { imageTag: 'none' }, { imageTag: 'a' });
  assert.equal(imageIds?.length, 1);
  assert.equal(failures?.[0]?.failureCode, 'ImageNotFound');
});

test('refuses unknown repositories and no ids', async () => {
  await refused(remove('no/such', { imageTag: 'a' }), 'RepositoryNotFoundException');
  await refused(remove(await world.repository()), 'InvalidParameterException', /imageIds/);
});
