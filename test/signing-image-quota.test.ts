// `--max-images-per-repository` and `--max-referrers-per-repository`: pushes by both APIs share them, they are never
// passed, deleting frees them, and managed signatures count against neither.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { image, referrer } from './helpers/images.ts';
import { settledStatuses, setUpSigning } from './helpers/signing-set-up.ts';
import { startServer, type TestServer } from './helpers/start-server.ts';

const LIMIT = 4;
const REFERRERS = 5;
let server: TestServer;
before(async () => {
  server = await startServer({
    env: {
      SEALPORT_MAX_IMAGES_PER_REPOSITORY: String(LIMIT),
      SEALPORT_MAX_REFERRERS_PER_REPOSITORY: String(REFERRERS),
    },
  });
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

test('managed signatures count against nothing: a full repository is signed', async () => {
  const repositoryName = 'team/signed';
  await setUpSigning(server, repositoryName);
  const images = Array.from({ length: LIMIT }, () => image());
  for (const [n, pushed] of images.entries()) {
    await server.pushImage(repositoryName, `v${n}`, pushed);
    const [status] = await settledStatuses(server, repositoryName, pushed.manifest.digest);
    assert.equal(status?.status, 'COMPLETE');
  }
  assert.equal((await imagesOf(repositoryName)).length, 2 * LIMIT);
  await assert.rejects(server.pushImage(repositoryName, 'more', image()), /429 .*TOOMANYREQUESTS/);
  const imageIds = images.map(({ manifest }) => ({ imageDigest: manifest.digest }));
  await server.ecr('BatchDeleteImage', { repositoryName, imageIds });
  assert.deepEqual(await imagesOf(repositoryName), []);
  assert.equal((await server.ecr('DeleteRepository', { repositoryName })).status, 200);
});

test('what clients attach has a bound of its own, told by both APIs, and leaves images their room', async () => {
  const repositoryName = await repository('team/attached');
  const subject = image();
  await server.pushImage(repositoryName, 'v0', subject);
  for (let n = 0; n < REFERRERS; n += 1) {
    const attached = referrer(subject.manifest, 'application/vnd.example.sbom');
    await server.pushImage(repositoryName, attached.manifest.digest, attached);
  }
  const another = referrer(subject.manifest, 'application/vnd.example.sbom');
  await assert.rejects(
    server.pushImage(repositoryName, another.manifest.digest, another),
    /429 .*TOOMANYREQUESTS.*maximum allowed number of manifests with a subject which is '5'/,
  );
  const imageManifest = another.manifest.bytes.toString();
  const put = await server.ecr('PutImage', { repositoryName, imageManifest });
  assert.equal(put.status, 400);
  assert.equal(put.body['__type'], 'LimitExceededException');
  for (let n = 1; n < LIMIT; n += 1) await server.pushImage(repositoryName, `v${n}`, image());
});
