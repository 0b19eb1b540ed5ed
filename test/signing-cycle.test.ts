// Plan and run on real stores and keys: what becomes of an image that is pushed.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { everything, identityPolicy } from './helpers/policies.ts';
import {
  accountId,
  openSigningStores,
  principal,
  registryKey,
  type SigningStores,
} from './helpers/signing-stores.ts';

let stores: SigningStores;
before(async () => {
  stores = await openSigningStores();
});
beforeEach(() => stores.reset());
after(() => stores.close());

test('a job that ran publishes a referrer, completes the status and ends the task', async () => {
  const { world } = stores;
  const signing = stores.open();
  await stores.rules(signing, await stores.profile(signing, 'plain'));
  const digest = await stores.push(signing);
  const { jobId, state } = await stores.only(digest);
  assert.deepEqual(state, { status: 'IN_PROGRESS' });
  assert.deepEqual(await stores.waiting(), [jobId]);

  assert.deepEqual(await signing.runJob(jobId, 1), { kind: 'done' });
  const { state: ended, job } = await stores.only(digest);
  assert.deepEqual(ended, { status: 'COMPLETE' });
  assert.deepEqual(await stores.waiting(), []);
  const [signature, ...others] = await stores.signaturesOf(digest);
  assert.equal(others.length, 0);
  assert.ok(job?.state.status === 'Succeeded');
  assert.equal(job.state.signatureDigest, signature?.digest);
  assert.equal(signature?.artifactType, 'application/vnd.cncf.notary.signature');
  assert.deepEqual(
    world.events.map(({ kind }) => kind),
    ['planned', 'succeeded'],
  );

  assert.deepEqual(await signing.runJob(jobId, 2), { kind: 'done' });
  assert.equal((await stores.signaturesOf(digest)).length, 1);
});

test('two deliveries of one task at the same time publish one signature', async () => {
  const signing = stores.open();
  await stores.rules(signing, await stores.profile(signing, 'plain'));
  const digest = await stores.push(signing);
  const { jobId } = await stores.only(digest);
  await Promise.all([signing.runJob(jobId, 1), signing.runJob(jobId, 1), signing.runJob(jobId, 1)]);
  assert.equal((await stores.signaturesOf(digest)).length, 1);
  assert.equal((await stores.only(digest)).state.status, 'COMPLETE');
});

test('every choice of a profile gives a signature that verifies itself', async () => {
  const { metadata } = stores;
  const signing = stores.open();
  for (const [name, parameters] of [
    ['cose', { envelope: 'cose' }],
    ['x509', { signingScheme: 'notary.x509' }],
    ['shared', { leaf: 'per-profile' }],
    ['all', { envelope: 'cose', signingScheme: 'notary.x509', leaf: 'per-profile' }],
  ] as const) {
    await stores.rules(signing, await stores.profile(signing, name, parameters));
    for (let i = 0; i < 2; i++) {
      const digest = await stores.push(signing);
      await signing.runJob((await stores.only(digest)).jobId, 1);
      assert.deepEqual((await stores.only(digest)).state, { status: 'COMPLETE' }, name);
    }
  }
  const { items } = await metadata.signingJobs.list(metadata.storage.reader, registryKey, { limit: 50 });
  const serials = (name: string) =>
    new Set(
      items
        .filter((job) => job.profileName === name)
        .map((job) => (job.state.status === 'Succeeded' ? job.state.certificateSerial : '')),
    );
  assert.equal(serials('shared').size, 1);
  assert.equal(serials('cose').size, 2);
});

test('a pusher without a permission: the push succeeds, the status is FAILED and says what to do', async () => {
  const { world } = stores;
  const signing = stores.open();
  const arn = await stores.profile(signing, 'plain');
  await stores.rules(signing, arn);
  for (const denied of ['signer:SignPayload', 'ecr:PutImage', 'ecr:InitiateLayerUpload']) {
    world.policies = [everything, identityPolicy({ Effect: 'Deny', Action: denied })];
    const digest = await stores.push(signing);
    const { state } = await stores.only(digest);
    assert.ok(state.status === 'FAILED');
    assert.equal(state.failure.code, 'ACCESS_DENIED');
    const resource = denied.startsWith('signer') ? arn : 'repository/team/app';
    for (const part of [principal.arn, denied, resource, 'push the image again'])
      assert.ok(state.failure.reason.includes(part), `${state.failure.reason} should name ${part}`);
    assert.deepEqual(await stores.waiting(), []);

    world.policies = [everything];
    await stores.push(signing, { digest });
    await signing.runJob((await stores.only(digest)).jobId, 1);
    assert.deepEqual((await stores.only(digest)).state, { status: 'COMPLETE' });
  }
});

test('a push that is denied leaves a signature of an older profile version as it is', async () => {
  const { world } = stores;
  const signing = stores.open();
  await stores.rules(signing, await stores.profile(signing, 'older'));
  const digest = await stores.push(signing);
  await signing.runJob((await stores.only(digest)).jobId, 1);
  await signing.profiles.cancel(registryKey, 'older');
  await stores.push(signing, { digest });
  assert.deepEqual((await stores.only(digest)).state, { status: 'COMPLETE' });

  await stores.profile(signing, 'older');
  world.policies = [];
  await stores.push(signing, { digest });
  assert.deepEqual((await stores.only(digest)).state, { status: 'COMPLETE' });
  world.policies = [everything];
  await stores.push(signing, { digest });
  await signing.runJob((await stores.only(digest)).jobId, 1);
  assert.equal((await stores.signaturesOf(digest)).length, 2);
});

test('a configured profile that is not there fails the status with its code', async () => {
  const { metadata } = stores;
  const signing = stores.open();
  const gone = `arn:aws:signer:us-east-1:${accountId}:/signing-profiles/never_made`;
  // Put refuses such a rule; a restored or older database may still hold one.
  await metadata.storage.write((tx) =>
    metadata.signingConfigurations.put(tx, registryKey, { rules: [{ signingProfileArn: gone }] }, 0),
  );
  const fresh = stores.open();
  const { state, job } = await stores.only(await stores.push(fresh));
  assert.ok(state.status === 'FAILED');
  assert.equal(state.failure.code, 'SIGNING_PROFILE_NOT_FOUND');
  assert.equal(job, undefined);
  await stores.rules(signing);
});

test('many pushes at once are all signed, each once', async () => {
  const signing = stores.open();
  await stores.rules(
    signing,
    await stores.profile(signing, 'plain'),
    await stores.profile(signing, 'second'),
  );
  const digests = await Promise.all(Array.from({ length: 20 }, () => stores.push(signing)));
  const jobs = await stores.waiting();
  assert.equal(jobs.length, 40);
  await Promise.all(jobs.map((jobId) => signing.runJob(jobId, 1)));
  for (const digest of digests) {
    const found = await stores.statuses(digest);
    assert.deepEqual(
      found.map(({ state }) => state.status),
      ['COMPLETE', 'COMPLETE'],
    );
    assert.equal((await stores.signaturesOf(digest)).length, 2);
  }
});
