// `--max-images-per-repository`: pushes by both APIs and signatures share it, it is never passed, and deleting frees it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { image, referrer } from './helpers/images.ts';
import { settledStatuses, setUpSigning } from './helpers/signing-set-up.ts';
import { startServer, type TestServer } from './helpers/start-server.ts';

const LIMIT = 4;
let server: TestServer;
before(async () => {
  server = await startServer({ env: { SEALPORT_MAX_IMAGES_PER_REPOSITORY: String(LIMIT) } });
});
after(() => server.close());

async function repository(name: string): Promise<string> {
  assert.equal((await server.ecr('CreateRepository', { repositoryName: name })).status, 200);
  return name;
}

const imagesOf = async (repositoryName: string): Promise<readonly { imageDigest: string }[]> => {
  const { body } = await server.ecr('DescribeImages', { repositoryName });
  return body['imageDetails'] as { imageDigest: string }[];
};

test('a push beyond it is refused by both APIs; what is there can be pushed again and tagged', async () => {
  const repositoryName = await repository('team/full');
  const first = image();
  await server.pushImage(repositoryName, 'v0', first);
  for (let n = 1; n < LIMIT; n += 1) await server.pushImage(repositoryName, `v${n}`, image());
  const another = image();
  await assert.rejects(
    server.pushImage(repositoryName, 'more', another),
    /429 .*TOOMANYREQUESTS.*already has the maximum allowed number of images which is '4'/,
  );
  const put = await server.ecr('PutImage', {
    repositoryName,
    imageManifest: another.manifest.bytes.toString(),
    imageTag: 'more',
  });
  assert.equal(put.status, 400);
  assert.equal(put.body['__type'], 'LimitExceededException');
  await server.pushImage(repositoryName, 'v0', first);
  await server.pushImage(repositoryName, 'again', first);

  const imageIds = [{ imageDigest: first.manifest.digest }];
  assert.equal((await server.ecr('BatchDeleteImage', { repositoryName, imageIds })).status, 200);
  await server.pushImage(repositoryName, 'more', another);
  assert.equal((await imagesOf(repositoryName)).length, LIMIT);
});

test('many at once do not pass it', async () => {
  const repositoryName = await repository('team/crowd');
  const outcomes = await Promise.allSettled(
    Array.from({ length: 3 * LIMIT }, (_, n) => server.pushImage(repositoryName, `v${n}`, image())),
  );
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, LIMIT);
  assert.equal((await imagesOf(repositoryName)).length, LIMIT);
});

test('a signature that does not fit fails and says what to do; with room it is made', async () => {
  const repositoryName = 'team/signed';
  await setUpSigning(server, repositoryName);
  const images = [image(), image()];
  for (const [n, pushed] of images.entries()) {
    await server.pushImage(repositoryName, `v${n}`, pushed);
    const [status] = await settledStatuses(server, repositoryName, pushed.manifest.digest);
    assert.equal(status?.status, 'COMPLETE');
  }
  // Two images and their signatures: the repository is full. One of them goes, and something takes a place.
  const [kept, gone] = images;
  assert.ok(kept);
  const imageIds = [{ imageDigest: gone?.manifest.digest }];
  await server.ecr('BatchDeleteImage', { repositoryName, imageIds });
  const attached = referrer(kept.manifest, 'application/vnd.example.sbom');
  await server.pushImage(repositoryName, attached.manifest.digest, attached);
  const late = image();
  await server.pushImage(repositoryName, 'late', late);
  const [failed] = await settledStatuses(server, repositoryName, late.manifest.digest);
  assert.equal(failed?.failureCode, 'LIMIT_EXCEEDED');
  assert.match(failed?.failureReason ?? '', /repository team\/signed, which may have 4 images/);

  const stale = [{ imageDigest: attached.manifest.digest }];
  assert.equal((await server.ecr('BatchDeleteImage', { repositoryName, imageIds: stale })).status, 200);
  await server.pushImage(repositoryName, 'late', late);
  const [signed] = await settledStatuses(server, repositoryName, late.manifest.digest);
  assert.equal(signed?.status, 'COMPLETE');
});
