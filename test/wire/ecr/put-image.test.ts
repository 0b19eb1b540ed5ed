import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { BatchGetImageCommand, PutImageCommand, type PutImageRequest } from '@aws-sdk/client-ecr';
import { digestOf } from '../../../src/shared/digest.ts';
import { type EcrWorld, openEcr, refused } from '../../helpers/ecr-world.ts';
import { image, index, referrer } from '../../helpers/images.ts';

let world: EcrWorld;
before(async () => {
  world = await openEcr();
});
after(() => world.close());

const put = (input: PutImageRequest) => world.send(new PutImageCommand(input));
const textOf = (manifest: { bytes: Uint8Array }) => Buffer.from(manifest.bytes).toString('utf8');

test('stores the manifest under its tag and gives it back', async () => {
  const repositoryName = await world.repository();
  const { blobs, manifest } = image();
  for (const { bytes } of blobs) await world.layer(repositoryName, bytes);
  const { image: stored } = await put({
    repositoryName,
    imageManifest: textOf(manifest),
    imageTag: 'v1',
    imageDigest: manifest.digest,
  });
  assert.deepEqual(stored, {
    registryId: world.registryId,
    repositoryName,
    imageId: { imageDigest: manifest.digest, imageTag: 'v1' },
    imageManifest: textOf(manifest),
    imageManifestMediaType: manifest.mediaType,
  });
});

test('keeps characters of every script as they are', async () => {
  const repositoryName = await world.repository();
  const { blobs, manifest } = image({ layers: 0 });
  await world.push(repositoryName, { blobs, manifest });
  const text = JSON.stringify({ ...JSON.parse(textOf(manifest)), note: 'naïve 文 😀 \u0000' }, undefined, 2);
  const { image: stored } = await put({ repositoryName, imageManifest: text, imageTag: 'v2' });
  assert.equal(stored?.imageId?.imageDigest, digestOf(Buffer.from(text)));
  const get = new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: 'v2' }] });
  assert.equal((await world.send(get)).images?.[0]?.imageManifest, text);
});

test('an index needs its children, a referrer does not need its subject', async () => {
  const repositoryName = await world.repository();
  const child = image();
  const list = index([{ manifest: child.manifest, architecture: 'amd64' }]);
  await refused(
    world.put(repositoryName, list),
    'ReferencedImagesNotFoundException',
    new RegExp(`^Images with digests '\\[${child.manifest.digest}\\]' required for pushing image`),
  );
  await world.push(repositoryName, referrer(child.manifest, 'application/x'));
  await world.push(repositoryName, child);
  assert.equal((await world.put(repositoryName, list, 'list')).image?.imageId?.imageDigest, list.digest);
});

test('refuses a manifest whose layers are not there, naming each', async () => {
  const repositoryName = await world.repository();
  const { blobs, manifest } = image();
  const { message } = await refused(world.put(repositoryName, manifest), 'LayersNotFoundException');
  for (const { digest } of blobs) assert.ok(message.includes(digest));
});

test('refuses the same image under the same tag, but takes a new tag', async () => {
  const repositoryName = await world.repository({ imageTagMutability: 'IMMUTABLE' });
  const pushed = image();
  await world.push(repositoryName, pushed, 'v1', 'v2');
  await refused(
    world.put(repositoryName, pushed.manifest, 'v1'),
    'ImageAlreadyExistsException',
    /^Image with digest 'sha256:\w+' and tag 'v1' already exists/,
  );
  await refused(
    world.put(repositoryName, pushed.manifest),
    'ImageAlreadyExistsException',
    /tag 'null' already exists/,
  );
});

test('refuses to move an immutable tag', async () => {
  const repositoryName = await world.repository({ imageTagMutability: 'IMMUTABLE' });
  await world.push(repositoryName, image(), 'v1');
  await refused(
    world.push(repositoryName, image(), 'v1'),
    'ImageTagAlreadyExistsException',
    /^The image tag 'v1' already exists in the '[^']+' repository and cannot be overwritten because the tag is immutable\.$/,
  );
});

test('refuses a digest that is not that of the manifest', async () => {
  const repositoryName = await world.repository();
  const imageManifest = textOf(image().manifest);
  const imageDigest = digestOf(Buffer.from('other'));
  await refused(put({ repositoryName, imageManifest, imageDigest }), 'ImageDigestDoesNotMatchException');
  await refused(
    put({ repositoryName, imageManifest, imageDigest: 'x' }),
    'InvalidParameterException',
    /imageDigest/,
  );
});

test('refuses manifests and tags that are none, and unknown repositories', async () => {
  const repositoryName = await world.repository();
  const imageManifest = textOf(image().manifest);
  for (const wrong of ['x', '[]', '{}', '{"schemaVersion":1}'])
    await refused(put({ repositoryName, imageManifest: wrong }), 'InvalidParameterException');
  const type = 'application/vnd.docker.distribution.manifest.v2+json';
  await refused(
    put({ repositoryName, imageManifest, imageManifestMediaType: type }),
    'InvalidParameterException',
    /differs/,
  );
  await refused(
    put({ repositoryName, imageManifest, imageTag: 'a b' }),
    'InvalidParameterException',
    /imageTag/,
  );
  await refused(put({ repositoryName: 'no/such', imageManifest }), 'RepositoryNotFoundException');
});

test('an image has a thousand tags at most', async () => {
  const repositoryName = await world.repository();
  const pushed = image();
  await world.push(repositoryName, pushed);
  const add = (imageTag: string) => world.put(repositoryName, pushed.manifest, imageTag);
  for (let from = 0; from < 1000; from += 50)
    await Promise.all(Array.from({ length: 50 }, (_, at) => add(`t${from + at}`)));
  await refused(
    add('more'),
    'LimitExceededException',
    /maximum allowed number of tags per image which is '1000'/,
  );
});
