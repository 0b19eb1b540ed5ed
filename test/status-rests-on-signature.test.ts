// A status rests on its signature: what a signature is protected from, what becomes of the status when it is revoked,
// expires or goes, and which push signs again. Through the APIs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ApiClient, apiClient } from './helpers/api-client.ts';
import { image as makeImage, type TestImage } from './helpers/images.ts';
import { makeUser } from './helpers/principals.ts';
import {
  readableSignatures,
  type StatusEntry,
  settledStatuses,
  setUpSigning,
  statusesOf,
} from './helpers/signing-set-up.ts';
import { startServer, type TestServer } from './helpers/start-server.ts';

const DAY_MS = 24 * 3600 * 1000;
const repositoryName = 'team/app';
const platformId = 'Notation-OCI-SHA384-ECDSA';
const pushActions = ['ecr:GetAuthorizationToken', 'ecr:BatchCheckLayerAvailability', 'ecr:PutImage'].concat(
  ['InitiateLayerUpload', 'UploadLayerPart', 'CompleteLayerUpload'].map((action) => `ecr:${action}`),
);

const time = { ahead: 0 };
const clock = { now: () => Date.now() + time.ahead };
let held: PromiseWithResolvers<void> | undefined;
let server: TestServer;
let arn: string;
let powerless: ApiClient;
before(async () => {
  server = await startServer({
    clock,
    signingCheckpoint: (point) => (point === 'run:signed' ? held?.promise : undefined),
  });
  arn = await setUpSigning(server, repositoryName);
  const { credentials } = await makeUser(server, server.accountId, 'powerless', [{ Action: pushActions }]);
  powerless = { ...apiClient({ ...server, credentials, now: clock.now }) };
});
after(() => server.close());

/** A client whose login was made now: the clock of the tests moves. */
const fresh = (by: { readonly credentials: TestServer['credentials'] } = server): ApiClient =>
  apiClient({ ...server, credentials: by.credentials, now: clock.now });

async function push(pushed: TestImage, tag = 'latest', by: ApiClient = fresh()): Promise<StatusEntry> {
  await by.pushImage(repositoryName, tag, pushed);
  const [status, ...others] = await settledStatuses(server, repositoryName, pushed.manifest.digest);
  assert.deepEqual(others, []);
  return status ?? assert.fail('there is no status');
}

async function statusOf({ manifest }: TestImage): Promise<StatusEntry> {
  const [status] = await statusesOf(server, repositoryName, manifest.digest);
  return status ?? assert.fail('there is no status');
}

async function assertFailed(image: TestImage, code: string, says: RegExp): Promise<void> {
  const { status, failureCode, failureReason } = await statusOf(image);
  assert.deepEqual({ status, failureCode }, { status: 'FAILED', failureCode: code }, failureReason);
  assert.match(failureReason ?? '', says);
}

async function signed(): Promise<{ image: TestImage; signature: string; jobId: string }> {
  const image = makeImage();
  assert.equal((await push(image)).status, 'COMPLETE');
  const [signature, ...others] = await signaturesOf(image);
  assert.equal(others.length, 0);
  return { image, signature: signature ?? assert.fail(), jobId: await jobOf() };
}

const signaturesOf = ({ manifest }: TestImage) =>
  readableSignatures(fresh(), server.url, repositoryName, manifest.digest);

/** The newest job. */
async function jobOf(): Promise<string> {
  const { body } = await server.signer('GET', '/signing-jobs?maxResults=1');
  const [job] = body['jobs'] as { jobId: string }[];
  return job?.jobId ?? assert.fail('there is no job');
}

const revoke = async (jobId: string) => {
  const { status, body } = await server.signer('PUT', `/signing-jobs/${jobId}/revoke`, {
    reason: 'a leaked build',
  });
  assert.equal(status, 200, JSON.stringify(body));
};

async function revokeVersion(name: string, effectiveTime: number): Promise<void> {
  const { body } = await server.signer('GET', `/signing-profiles/${name}`);
  const { status, body: answer } = await server.signer('PUT', `/signing-profiles/${name}/revoke`, {
    profileVersion: body['profileVersion'],
    reason: 'the build machine was not ours',
    effectiveTime: effectiveTime / 1000,
  });
  assert.equal(status, 200, JSON.stringify(answer));
}

async function putProfile(name: string, parameters: Record<string, string> = {}): Promise<string> {
  const { body } = await server.signer('PUT', `/signing-profiles/${name}`, {
    platformId,
    ...(Object.keys(parameters).length > 0 && { signingParameters: parameters }),
  });
  return String(body['arn']);
}

async function rules(...arns: string[]): Promise<void> {
  const signingConfiguration = { rules: arns.map((signingProfileArn) => ({ signingProfileArn })) };
  assert.equal((await server.ecr('PutSigningConfiguration', { signingConfiguration })).status, 200);
}

interface Batch {
  readonly imageIds: readonly { readonly imageDigest: string }[];
  readonly failures: readonly {
    readonly imageId: { readonly imageDigest: string };
    readonly failureCode: string;
    readonly failureReason: string;
  }[];
}

async function deleteBatch(...digests: string[]): Promise<Batch> {
  const imageIds = digests.map((imageDigest) => ({ imageDigest }));
  const { status, body } = await server.ecr('BatchDeleteImage', { repositoryName, imageIds });
  assert.equal(status, 200, JSON.stringify(body));
  return body as unknown as Batch;
}

const list = async (filter: object = {}): Promise<readonly { readonly imageDigest: string }[]> =>
  (await server.ecr('ListImages', { repositoryName, filter })).body['imageIds'] as { imageDigest: string }[];

async function deleteOverV2(digest: string): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${server.url}/v2/${repositoryName}/manifests/${digest}`, {
    method: 'DELETE',
    headers: { authorization: await fresh().login() },
  });
  return { status: answer.status, text: await answer.text() };
}

test('the usual clean-up of untagged images leaves signatures where they are, and says why for each', async () => {
  const { image, signature, jobId } = await signed();
  const untagged = (await list({ tagStatus: 'UNTAGGED' })).map(({ imageDigest }) => imageDigest);
  assert.deepEqual(untagged, [signature]);
  const { imageIds, failures } = await deleteBatch(...untagged);
  assert.deepEqual(imageIds, []);
  const [failure] = failures;
  assert.deepEqual(failure?.imageId, { imageDigest: signature });
  assert.equal(failure?.failureCode, 'ImageReferencedByManifestList');
  for (const part of [image.manifest.digest, jobId, 'aws signer revoke-signature'])
    assert.ok(failure.failureReason.includes(part), failure.failureReason);

  const refused = await deleteOverV2(signature);
  assert.equal(refused.status, 409);
  assert.match(refused.text, /"DENIED".*revoke-signature/);
  assert.equal((await statusOf(image)).status, 'COMPLETE');
  assert.deepEqual(await signaturesOf(image), [signature]);
});

test('a batch may hold an image and its signature in any order; nothing is left, and a push signs anew', async () => {
  for (const signatureFirst of [true, false]) {
    const { image, signature } = await signed();
    const digests = [signature, image.manifest.digest];
    const { imageIds, failures } = await deleteBatch(...(signatureFirst ? digests : digests.toReversed()));
    assert.deepEqual(failures, []);
    assert.deepEqual(new Set(imageIds.map(({ imageDigest }) => imageDigest)), new Set(digests));
    for (const digest of digests)
      assert.ok(!(await list()).some(({ imageDigest }) => imageDigest === digest), digest);
    assert.equal((await push(image)).status, 'COMPLETE');
    assert.equal((await signaturesOf(image)).length, 1);
  }
});

test('two batches at once, of an image and of its signature, end with neither', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { image, signature } = await signed();
    const batches = await Promise.all([deleteBatch(signature), deleteBatch(image.manifest.digest)]);
    const left = (await list()).map(({ imageDigest }) => imageDigest);
    assert.ok(!left.includes(signature) && !left.includes(image.manifest.digest));
    assert.deepEqual(batches[1].failures, []);
  }
});

test('push, delete, push leaves no pile, and an emptied repository is empty', async () => {
  const name = 'team/emptied';
  await server.ecr('CreateRepository', { repositoryName: name });
  const image = makeImage();
  for (let round = 0; round < 3; round += 1) {
    await fresh().pushImage(name, 'v1', image);
    await settledStatuses(server, name, image.manifest.digest);
    const imageIds = [{ imageDigest: image.manifest.digest }];
    await server.ecr('BatchDeleteImage', { repositoryName: name, imageIds });
    assert.deepEqual((await server.ecr('ListImages', { repositoryName: name })).body['imageIds'], []);
  }
  assert.equal((await server.ecr('DeleteRepository', { repositoryName: name })).status, 200);
});

test('an image that is deleted while its signature is made leaves none', async () => {
  const image = makeImage();
  held = Promise.withResolvers();
  await fresh().pushImage(repositoryName, 'doomed', image);
  const jobId = await jobOf();
  await deleteBatch(image.manifest.digest);
  held.resolve();
  held = undefined;
  for (;;) {
    const { body } = await server.signer('GET', `/signing-jobs/${jobId}`);
    if (body['status'] === 'InProgress') continue;
    assert.equal(body['status'], 'Failed');
    assert.match(String(body['statusReason']), /^IMAGE_NOT_FOUND/);
    break;
  }
  assert.deepEqual(await signaturesOf(image), []);
});

test('after RevokeSignature the status says so, and no push signs the image again', async () => {
  const { image, signature, jobId } = await signed();
  await revoke(jobId);
  const says = /revoked by arn:aws:iam::123456789012:root at .*: a leaked build\. .*sign --again/;
  await assertFailed(image, 'SIGNATURE_REVOKED', says);
  // It is there for whoever looks why.
  assert.deepEqual(await signaturesOf(image), [signature]);
  for (const [tag, by] of [
    ['latest', fresh()],
    ['another', fresh()],
    ['third', powerless],
  ] as const)
    assert.equal((await push(image, tag, by)).failureCode, 'SIGNATURE_REVOKED');
  assert.deepEqual(await signaturesOf(image), [signature]);

  assert.deepEqual((await deleteBatch(signature)).failures, []);
  await assertFailed(image, 'SIGNATURE_REVOKED', says);
  assert.equal((await push(image)).failureCode, 'SIGNATURE_REVOKED');
  assert.deepEqual(await signaturesOf(image), []);
  const { body } = await server.signer('GET', `/signing-jobs/${jobId}`);
  assert.equal(body['status'], 'Succeeded');
  assert.equal((body['revocationRecord'] as { reason: string }).reason, 'a leaked build');
});

test('a signature that was revoked can be deleted over /v2, too', async () => {
  const { image, signature, jobId } = await signed();
  await revoke(jobId);
  assert.equal((await deleteOverV2(signature)).status, 202);
  assert.deepEqual(await signaturesOf(image), []);
  assert.equal((await statusOf(image)).failureCode, 'SIGNATURE_REVOKED');
});

test('a revoked version revokes what it signed from the effective time on; a push signs under a new one', async () => {
  await rules(await putProfile('versioned'));
  const { image } = await signed();
  await revokeVersion('versioned', Date.now() + time.ahead - 1);
  // The whole second of the signature may be this one.
  await revokeVersion('versioned', Date.now() + time.ahead - 60_000);
  await assertFailed(
    image,
    'SIGNATURE_REVOKED',
    /version .* with effect from .*not ours\. Put the profile again/,
  );
  assert.equal((await push(image)).failureCode, 'SIGNATURE_REVOKED');
  await putProfile('versioned');
  assert.equal((await push(image, 'latest', powerless)).failureCode, 'SIGNATURE_REVOKED');
  assert.equal((await push(image)).status, 'COMPLETE');
  assert.equal((await signaturesOf(image)).length, 2);
  // The one of the new version counts, the other may go.
  const newer = await jobOf();
  const { failures } = await deleteBatch(...(await signaturesOf(image)));
  assert.equal(failures.length, 1);
  assert.ok(failures[0]?.failureReason.includes(newer));
  await rules(arn);
});

test('what was signed before the effective time stays, but not under notary.x509, whose times nobody vouches for', async () => {
  for (const [name, scheme, expected] of [
    ['vouched', 'notary.x509.signingAuthority', 'COMPLETE'],
    ['unvouched', 'notary.x509', 'FAILED'],
  ] as const) {
    await rules(await putProfile(name, { signingScheme: scheme }));
    const { image, signature } = await signed();
    time.ahead += 10_000;
    await revokeVersion(name, Date.now() + time.ahead - 2000);
    assert.equal((await statusOf(image)).status, expected, name);
    assert.equal((await deleteBatch(signature)).failures.length, expected === 'COMPLETE' ? 1 : 0);
    assert.equal((await statusOf(image)).status, expected, name);
  }
  await rules(arn);
});

test('an expired signature shows as such; the next push with the right signs, and it goes', async () => {
  const name = 'short_lived';
  const put = await server.signer('PUT', `/signing-profiles/${name}`, {
    platformId,
    signatureValidityPeriod: { value: 2, type: 'DAYS' },
  });
  await rules(String(put.body['arn']));
  const { image, signature } = await signed();
  time.ahead += DAY_MS;
  assert.equal((await statusOf(image)).status, 'COMPLETE');
  time.ahead += DAY_MS + 1000;
  await assertFailed(image, 'SIGNATURE_EXPIRED', /expired at .*Z\. Push the image again/);
  const { credentials } = await makeUser(server, server.accountId, 'late', [{ Action: pushActions }]);
  assert.equal((await push(image, 'latest', fresh({ credentials }))).failureCode, 'SIGNATURE_EXPIRED');
  assert.deepEqual(await signaturesOf(image), [signature]);
  assert.equal((await push(image)).status, 'COMPLETE');
  const [renewed, ...others] = await signaturesOf(image);
  assert.deepEqual(others, []);
  assert.notEqual(renewed, signature);
  await rules(arn);
});

test('a version that is revoked while its signature is made gives none', async () => {
  await rules(await putProfile('hasty'));
  const image = makeImage();
  held = Promise.withResolvers();
  await fresh().pushImage(repositoryName, 'hasty', image);
  await revokeVersion('hasty', Date.now() + time.ahead - 1000);
  held.resolve();
  held = undefined;
  const [status] = await settledStatuses(server, repositoryName, image.manifest.digest);
  assert.equal(status?.failureCode, 'SIGNING_PROFILE_REVOKED');
  assert.deepEqual(await signaturesOf(image), []);
  await rules(arn);
});
