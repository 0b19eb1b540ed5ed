import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { BatchGetImageCommand, type ImageIdentifier } from '@aws-sdk/client-ecr';
import { digestOf } from '../../../src/shared/digest.ts';
import { OCI_MANIFEST } from '../../../src/shared/media-types.ts';
import { type EcrWorld, openEcr, refused } from '../../helpers/ecr-world.ts';
import { image, manifestOf } from '../../helpers/images.ts';

let world: EcrWorld;
before(async () => {
  world = await openEcr();
});
after(() => world.close());

const get = (repositoryName: string, imageIds: ImageIdentifier[], acceptedMediaTypes?: string[]) =>
  world.send(new BatchGetImageCommand({ repositoryName, imageIds, acceptedMediaTypes }));

test('gives manifests exactly, by tag, by digest and by both', async () => {
  const repositoryName = await world.repository();
  const { blobs, manifest } = image();
  const imageDigest = await world.push(repositoryName, { blobs, manifest }, 'v1');
  const asked = [{ imageTag: 'v1' }, { imageDigest }, { imageDigest, imageTag: 'v1' }];
  const { images = [], failures } = await get(repositoryName, asked);
  assert.deepEqual(failures, []);
  assert.deepEqual(
    images.map(({ imageId }) => imageId),
    [{ imageDigest, imageTag: 'v1' }, { imageDigest }, { imageDigest, imageTag: 'v1' }],
  );
  for (const { imageManifest, imageManifestMediaType } of images) {
    assert.equal(imageManifest, Buffer.from(manifest.bytes).toString('utf8'));
    assert.equal(imageManifestMediaType, manifest.mediaType);
  }
});

test('never converts: the digest stays what it is', async () => {
  const repositoryName = await world.repository();
  const { blobs, manifest } = image();
  await world.push(repositoryName, { blobs, manifest }, 'v1');
  const docker = 'application/vnd.docker.distribution.manifest.v2+json';
  const { images } = await get(repositoryName, [{ imageTag: 'v1' }], [docker]);
  assert.equal(images?.[0]?.imageId?.imageDigest, manifest.digest);
  assert.equal(images?.[0]?.imageManifestMediaType, manifest.mediaType);
});

test('what it cannot give fails one by one', async () => {
  const repositoryName = await world.repository();
  const imageDigest = await world.push(repositoryName, image(), 'v1');
  await world.push(repositoryName, image(), 'v2');
  const { images, failures = [] } = await get(repositoryName, [
    { imageTag: 'none' },
    { imageDigest: digestOf(Buffer.from('none')) },
    { imageTag: 'v2', imageDigest },
    { imageDigest: 'x' },
    { imageTag: '-' },
    {},
    { imageTag: 'v1' },
  ]);
  assert.equal(images?.length, 1);
  assert.deepEqual(
    failures.map(({ failureCode }) => failureCode),
    [
      'ImageNotFound',
      'ImageNotFound',
      'ImageTagDoesNotMatchDigest',
      'InvalidImageDigest',
      'InvalidImageTag',
      'MissingDigestAndTag',
    ],
  );
  assert.equal(failures[0]?.failureReason, 'Requested image not found');
  assert.deepEqual(failures[0]?.imageId, { imageTag: 'none' });
});

test('refuses unknown repositories, no ids, and more than a hundred', async () => {
  await refused(get('no/such', [{ imageTag: 'v1' }]), 'RepositoryNotFoundException');
  const repositoryName = await world.repository();
  await refused(get(repositoryName, []), 'InvalidParameterException', /imageIds/);
  const many = Array.from({ length: 101 }, () => ({ imageTag: 'v1' }));
  await refused(get(repositoryName, many), 'InvalidParameterException', /imageIds/);
});

test('refuses an answer that would be larger than memory likes', async () => {
  const repositoryName = await world.repository();
  const { blobs } = image({ layers: 0 });
  const [config] = blobs;
  const big = manifestOf(
    {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: { mediaType: 'application/x', digest: config?.digest, size: config?.bytes.length },
      layers: [],
      note: 'x'.repeat(3_900_000),
    },
    OCI_MANIFEST,
  );
  const imageDigest = await world.push(repositoryName, { blobs, manifest: big });
  const ids = Array.from({ length: 9 }, () => ({ imageDigest }));
  await refused(get(repositoryName, ids), 'LimitExceededException', /fewer images/);
});
