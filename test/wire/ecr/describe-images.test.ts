import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { BatchGetImageCommand, DescribeImagesCommand, type DescribeImagesRequest } from '@aws-sdk/client-ecr';
import { allPages, type EcrWorld, openEcr, refused } from '../../helpers/ecr-world.ts';
import { image, referrer } from '../../helpers/images.ts';

let world: EcrWorld;
before(async () => {
  world = await openEcr();
});
after(() => world.close());

const describe = (repositoryName: string, input: Partial<DescribeImagesRequest> = {}) =>
  world.send(new DescribeImagesCommand({ repositoryName, ...input }));

test('tells all that is known of an image', async () => {
  const repositoryName = await world.repository();
  const { blobs, manifest } = image();
  const imageDigest = await world.push(repositoryName, { blobs, manifest }, 'b', 'a');
  const { imageDetails = [] } = await describe(repositoryName, { imageIds: [{ imageTag: 'a' }] });
  const [{ imagePushedAt, ...detail } = {}] = imageDetails;
  assert.ok(Math.abs((imagePushedAt?.getTime() ?? 0) - Date.now()) < 60_000);
  assert.deepEqual(detail, {
    registryId: world.registryId,
    repositoryName,
    imageDigest,
    imageTags: ['a', 'b'],
    imageSizeInBytes: blobs.reduce((sum, { bytes }) => sum + bytes.length, 0),
    imageManifestMediaType: manifest.mediaType,
    artifactMediaType: 'application/vnd.oci.image.config.v1+json',
    imageStatus: 'ACTIVE',
  });
});

test('an artifact tells its type and its subject', async () => {
  const repositoryName = await world.repository();
  const subject = image();
  const artifact = referrer(subject.manifest, 'application/vnd.example');
  const imageDigest = await world.push(repositoryName, artifact);
  const { imageDetails } = await describe(repositoryName, { imageIds: [{ imageDigest }] });
  assert.equal(imageDetails?.[0]?.artifactMediaType, 'application/vnd.example');
  assert.equal(imageDetails?.[0]?.subjectManifestDigest, subject.manifest.digest);
  assert.equal(imageDetails?.[0]?.imageTags, undefined);
});

test('lists all in pages that come to an end, and filters', async () => {
  const repositoryName = await world.repository();
  const digests: string[] = [];
  for (let i = 0; i < 5; i += 1)
    digests.push(await world.push(repositoryName, image(), ...(i === 0 ? ['only'] : [])));
  const pages = await allPages((nextToken) => describe(repositoryName, { nextToken, maxResults: 2 }));
  assert.deepEqual(
    pages.flatMap(({ imageDetails = [] }) => imageDetails.map((detail) => detail.imageDigest)),
    digests.toSorted(),
  );
  const count = async (filter: DescribeImagesRequest['filter']) =>
    (await describe(repositoryName, { filter })).imageDetails?.length;
  assert.equal(await count({ tagStatus: 'TAGGED' }), 1);
  assert.equal(await count({ tagStatus: 'UNTAGGED' }), 4);
  assert.equal(await count({ imageStatus: 'ARCHIVED' }), 0);
});

test('refuses images and repositories that are not there', async () => {
  const repositoryName = await world.repository();
  const imageDigest = await world.push(repositoryName, image(), 'a');
  await world.push(repositoryName, image(), 'b');
  await refused(
    describe(repositoryName, { imageIds: [{ imageTag: 'none' }] }),
    'ImageNotFoundException',
    /^The image with imageId \{imageDigest:'null', imageTag:'none'\} does not exist within the repository with name/,
  );
  await refused(
    describe(repositoryName, { imageIds: [{ imageDigest, imageTag: 'b' }] }),
    'ImageNotFoundException',
  );
  await refused(describe('no/such'), 'RepositoryNotFoundException');
});

test('refuses ids that name nothing, ids with pages, and tokens of others', async () => {
  const repositoryName = await world.repository();
  await world.push(repositoryName, image(), 'a', 'b');
  await refused(describe(repositoryName, { imageIds: [{}] }), 'InvalidParameterException', /imageId/);
  const imageIds = [{ imageTag: 'a' }];
  await refused(
    describe(repositoryName, { imageIds, maxResults: 1 }),
    'InvalidParameterException',
    /imageIds/,
  );
  await refused(describe(repositoryName, { nextToken: 'AAAA' }), 'InvalidParameterException', /nextToken/);
});

test('a pull does not wait for its time to be written', async () => {
  const repositoryName = await world.repository();
  await world.push(repositoryName, image(), 'a');
  const imageIds = [{ imageTag: 'a' }];
  await world.send(new BatchGetImageCommand({ repositoryName, imageIds }));
  const { imageDetails } = await describe(repositoryName, { imageIds });
  assert.equal(imageDetails?.[0]?.lastRecordedPullTime, undefined);
});
