import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import {
  BatchDeleteImageCommand,
  DeleteSigningConfigurationCommand,
  DescribeImageSigningStatusCommand,
  type ImageIdentifier,
  ListImageReferrersCommand,
} from '@aws-sdk/client-ecr';
import { CancelSigningProfileCommand } from '@aws-sdk/client-signer';
import { digestOf } from '../../../src/shared/digest.ts';
import { OCI_EMPTY, OCI_INDEX, OCI_MANIFEST } from '../../../src/shared/media-types.ts';
import { awsError, type SigningClients, signingClients } from '../../helpers/signing-clients.ts';
import { startServer } from '../../helpers/start-server.ts';

/** Holds every job at its start while it is closed. */
function makeGate() {
  let open = Promise.withResolvers<void>();
  open.resolve();
  return {
    close: () => void (open = Promise.withResolvers<void>()),
    open: () => open.resolve(),
    pass: () => open.promise,
  };
}

const gate = makeGate();
let server: Awaited<ReturnType<typeof startServer>>;
let clients: SigningClients;
let arn: string;
before(async () => {
  server = await startServer({
    signingCheckpoint: (point) => (point === 'run:started' ? gate.pass() : undefined),
  });
  clients = signingClients(server);
  arn = await clients.profile('release');
  for (const name of ['signed/app', 'twice/app', 'plain/app']) await clients.repository(name);
  await clients.rules([arn, 'signed/*']);
});
afterEach(() => gate.open());
after(async () => {
  gate.open();
  clients.close();
  await server.close();
});

const describe = async (repositoryName: string, imageId: ImageIdentifier) => {
  const call = new DescribeImageSigningStatusCommand({ repositoryName, imageId });
  const { $metadata: _, ...reply } = await clients.ecr.send(call);
  return reply;
};
const referrers = async (repositoryName: string, imageDigest: string) => {
  const call = new ListImageReferrersCommand({ repositoryName, subjectId: { imageDigest } });
  return (await clients.ecr.send(call)).referrers ?? [];
};
/** Every repository with a signature holds it. */
const emptyConfig = { mediaType: OCI_EMPTY, size: 2, digest: digestOf(Buffer.from('{}')) };
const complete = (signingProfileArn: string) => ({ signingProfileArn, status: 'COMPLETE' as const });
const inProgress = (signingProfileArn: string) => ({ signingProfileArn, status: 'IN_PROGRESS' as const });

test('is IN_PROGRESS from the push until the signature can be read, then COMPLETE', async () => {
  gate.close();
  const digest = await clients.pushImage('signed/app', 'v1');
  assert.deepEqual(await describe('signed/app', { imageTag: 'v1' }), {
    repositoryName: 'signed/app',
    registryId: '123456789012',
    imageId: { imageTag: 'v1', imageDigest: digest },
    signingStatuses: [inProgress(arn)],
  });
  assert.deepEqual(await referrers('signed/app', digest), []);
  gate.open();
  assert.deepEqual(await clients.settled('signed/app', digest), [complete(arn)]);
  const [signature, ...others] = await referrers('signed/app', digest);
  assert.equal(others.length, 0);
  assert.equal(signature?.artifactType, 'application/vnd.cncf.notary.signature');
});

test('answers by digest, by tag, and by both when they belong together', async () => {
  const digest = await clients.pushImage('signed/app', 'both');
  await clients.settled('signed/app', digest);
  const signingStatuses = [complete(arn)];
  const reply = { repositoryName: 'signed/app', registryId: '123456789012', signingStatuses };
  assert.deepEqual(await describe('signed/app', { imageDigest: digest }), {
    ...reply,
    imageId: { imageDigest: digest },
  });
  assert.deepEqual(await describe('signed/app', { imageDigest: digest, imageTag: 'both' }), {
    ...reply,
    imageId: { imageDigest: digest, imageTag: 'both' },
  });
});

test('no matching rule gives an empty list, also after a rule came', async () => {
  const digest = await clients.pushImage('plain/app', 'old');
  assert.deepEqual(await clients.statuses('plain/app', digest), []);
  await clients.rules([arn, 'signed/*'], [arn, 'plain/*']);
  assert.deepEqual(await clients.statuses('plain/app', digest), []);
  await clients.rules([arn, 'signed/*']);
});

test('an index and its children are signed, each by its own digest', async () => {
  const children = [await clients.pushImage('signed/app'), await clients.pushImage('signed/app')];
  const index = await clients.pushIndex('signed/app', children, 'multi');
  for (const digest of [index, ...children]) {
    assert.deepEqual(await clients.settled('signed/app', digest), [complete(arn)]);
    assert.equal((await referrers('signed/app', digest)).length, 1);
  }
});

test('a referrer is never signed, and neither is the fallback index', async () => {
  const digest = await clients.pushImage('signed/app', 'subject');
  await clients.settled('signed/app', digest);
  const [signature] = await referrers('signed/app', digest);
  assert.deepEqual(await clients.statuses('signed/app', signature?.digest ?? ''), []);

  const attestation = await clients.pushManifest('signed/app', {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType: 'application/vnd.example.sbom',
    config: emptyConfig,
    layers: [emptyConfig],
    subject: { mediaType: OCI_MANIFEST, digest, size: 1 },
  });
  assert.deepEqual(await clients.statuses('signed/app', attestation), []);

  const fallback = await clients.pushManifest(
    'signed/app',
    { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [], annotations: { of: digest } },
    { mediaType: OCI_INDEX, tag: digest.replace(':', '-') },
  );
  assert.deepEqual(await clients.statuses('signed/app', fallback), []);
});

test('an artifact without a subject is signed', async () => {
  await clients.settled('signed/app', await clients.pushImage('signed/app'));
  const chart = await clients.pushManifest(
    'signed/app',
    {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      artifactType: 'application/vnd.cncf.helm.config.v1+json',
      config: emptyConfig,
      layers: [emptyConfig],
    },
    { tag: 'chart' },
  );
  assert.deepEqual(await clients.settled('signed/app', chart), [complete(arn)]);
});

test('one signature for a digest, however often it is pushed and tagged', async () => {
  const digest = await clients.pushImage('signed/app', 'a', 'same');
  await clients.settled('signed/app', digest);
  assert.equal(await clients.pushImage('signed/app', 'b', 'same'), digest);
  assert.equal(await clients.pushImage('signed/app', 'c', 'same'), digest);
  assert.deepEqual(await clients.statuses('signed/app', digest), [complete(arn)]);
  assert.equal((await referrers('signed/app', digest)).length, 1);
});

test('one entry for each profile, whatever the number of its rules', async () => {
  const second = await clients.profile('second');
  await clients.rules([arn, 'signed/*'], [second, 'twice/*'], [arn, 'twice/*'], [arn, 'twice/app']);
  const digest = await clients.pushImage('twice/app', 'v1');
  assert.deepEqual(await clients.settled('twice/app', digest), [complete(arn), complete(second)]);
  assert.equal((await referrers('twice/app', digest)).length, 2);
  await clients.rules([arn, 'signed/*']);
});

test('goes with the image, and comes anew with it', async () => {
  const digest = await clients.pushImage('signed/app', 'gone', 'gone');
  await clients.settled('signed/app', digest);
  const imageIds = [{ imageDigest: digest }];
  await clients.ecr.send(new BatchDeleteImageCommand({ repositoryName: 'signed/app', imageIds }));
  assert.equal(
    (await awsError(describe('signed/app', { imageDigest: digest }))).name,
    'ImageNotFoundException',
  );
  gate.close();
  assert.equal(await clients.pushImage('signed/app', 'gone', 'gone'), digest);
  assert.deepEqual(await clients.statuses('signed/app', digest), [inProgress(arn)]);
  gate.open();
  assert.deepEqual(await clients.settled('signed/app', digest), [complete(arn)]);
});

test('an image that is deleted and pushed again while its job waits is signed once', async () => {
  gate.close();
  const digest = await clients.pushImage('signed/app', 'racing', 'racing');
  const imageIds = [{ imageDigest: digest }];
  await clients.ecr.send(new BatchDeleteImageCommand({ repositoryName: 'signed/app', imageIds }));
  await clients.pushImage('signed/app', 'racing', 'racing');
  gate.open();
  assert.deepEqual(await clients.settled('signed/app', digest), [complete(arn)]);
  assert.equal((await referrers('signed/app', digest)).length, 1);
});

test('a profile that is canceled while its job waits fails the status with its code', async () => {
  const brief = await clients.profile('brief');
  await clients.rules([brief, 'signed/*']);
  gate.close();
  const digest = await clients.pushImage('signed/app', 'brief');
  await clients.signer.send(new CancelSigningProfileCommand({ profileName: 'brief' }));
  gate.open();
  const [status] = await clients.settled('signed/app', digest);
  assert.equal(status?.failureCode, 'SIGNING_PROFILE_CANCELED');
  assert.match(status?.failureReason ?? '', /push the image again/);
  await clients.rules([arn, 'signed/*']);
});

test('survives the deletion of the configuration and the cancel of the profile', async () => {
  const keeper = await clients.profile('keeper');
  await clients.rules([keeper, 'signed/*']);
  const digest = await clients.pushImage('signed/app', 'kept');
  await clients.settled('signed/app', digest);
  await clients.ecr.send(new DeleteSigningConfigurationCommand({}));
  await clients.signer.send(new CancelSigningProfileCommand({ profileName: 'keeper' }));
  assert.deepEqual(await clients.statuses('signed/app', digest), [complete(keeper)]);
  await clients.rules([arn, 'signed/*']);
});

test('refuses what names no image', async () => {
  const digest = await clients.pushImage('signed/app', 'right');
  const other = await clients.pushImage('signed/app', 'wrong');
  const none = `sha256:${'0'.repeat(64)}`;
  const cases: [string, ImageIdentifier, string][] = [
    ['signed/app', { imageTag: 'nowhere' }, 'ImageNotFoundException'],
    ['signed/app', { imageDigest: none }, 'ImageNotFoundException'],
    ['signed/app', { imageDigest: other, imageTag: 'right' }, 'ImageNotFoundException'],
    ['signed/app', {}, 'InvalidParameterException'],
    ['signed/app', { imageDigest: 'sha256:short' }, 'InvalidParameterException'],
    ['no/such', { imageDigest: digest }, 'RepositoryNotFoundException'],
    ['UPPER', { imageDigest: digest }, 'InvalidParameterException'],
  ];
  for (const [repository, imageId, name] of cases)
    assert.equal((await awsError(describe(repository, imageId))).name, name, JSON.stringify(imageId));
  const { message } = await awsError(describe('signed/app', { imageTag: 'nowhere' }));
  assert.equal(
    message,
    "The image with imageId {imageDigest:'null', imageTag:'nowhere'} does not exist within the repository with name 'signed/app' in the registry with id '123456789012'",
  );
});

test("denies another account's registry", async () => {
  const call = new DescribeImageSigningStatusCommand({
    registryId: '999999999999',
    repositoryName: 'signed/app',
    imageId: { imageTag: 'v1' },
  });
  assert.equal((await awsError(clients.ecr.send(call))).name, 'AccessDeniedException');
});
