// What a signing job leaves when something goes wrong on its way.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { SigningPool } from '../src/adapters/signing-pool/pool.ts';
import { isDomainError } from '../src/domain/errors.ts';
import { SignatureMakerError } from '../src/domain/signing/notary/index.ts';
import { digestOf } from '../src/shared/digest.ts';
import { OCI_MANIFEST } from '../src/shared/media-types.ts';
import { openSigningStores, principal, registryKey, type SigningStores } from './helpers/signing-stores.ts';

let stores: SigningStores;
before(async () => {
  stores = await openSigningStores();
});
beforeEach(() => stores.reset());
after(() => stores.close());

test('faults that may pass are retried later and later, then fail with their code', async () => {
  const { pool, world } = stores;
  const signing = stores.open();
  await stores.rules(signing, await stores.profile(signing, 'plain'));
  for (const [code, expected] of [
    ['KEY_UNAVAILABLE', 'SIGNING_KEY_UNAVAILABLE'],
    ['OVERLOADED', 'THROTTLED'],
    ['SELF_CHECK_FAILED', 'INTERNAL_ERROR'],
  ] as const) {
    const digest = await stores.push(signing);
    const { jobId } = await stores.only(digest);
    world.sign = () => Promise.reject(new SignatureMakerError(code, 'injected'));
    let total = 0;
    let attempt = 1;
    for (; attempt < 20; attempt++) {
      const outcome = await signing.runJob(jobId, attempt);
      if (outcome.kind === 'done') break;
      total += outcome.delayMs;
      assert.deepEqual((await stores.only(digest)).state, { status: 'IN_PROGRESS' });
    }
    assert.equal(attempt, 11);
    assert.ok(total > 60_000 && total < 240_000, String(total));
    const { state, job } = await stores.only(digest);
    assert.ok(state.status === 'FAILED');
    assert.equal(state.failure.code, expected);
    assert.equal(job?.state.status, 'Failed');
    assert.equal(job.attempts, 11);
    assert.deepEqual(await stores.waiting(), []);

    world.sign = (request) => pool.sign(request);
    await stores.push(signing, { digest });
    await signing.runJob((await stores.only(digest)).jobId, 1);
    assert.deepEqual((await stores.only(digest)).state, { status: 'COMPLETE' });
  }
});

test('a key that cannot be opened, and a pool that is full for too long, have codes of their own', async () => {
  const signing = stores.open();
  await stores.rules(signing, await stores.profile(signing, 'plain'));
  // Workers with another master key than the one that sealed the profile's key; a pool that may keep nothing waiting.
  const stranger = new SigningPool({ masterKeys: () => [Uint8Array.from(randomBytes(32))], maxWorkers: 1 });
  const full = new SigningPool({ masterKeys: () => [], maxWorkers: 1, maxQueue: 0 });
  try {
    for (const [pool, expected] of [
      [stranger, 'SIGNING_KEY_UNAVAILABLE'],
      [full, 'THROTTLED'],
    ] as const) {
      const digest = await stores.push(signing);
      const { jobId } = await stores.only(digest);
      stores.world.sign = (request) => pool.sign(request);
      for (let attempt = 1; (await signing.runJob(jobId, attempt)).kind !== 'done'; attempt += 1)
        assert.deepEqual((await stores.only(digest)).state, { status: 'IN_PROGRESS' });
      const { state } = await stores.only(digest);
      assert.ok(state.status === 'FAILED');
      assert.equal(state.failure.code, expected);
      assert.match(state.failure.reason, /signing-profiles\/plain.*[Pp]ush the image again/);
    }
  } finally {
    await stranger.close();
    await full.close();
  }
});

test('a request that can never be signed fails at once', async () => {
  const { world } = stores;
  const signing = stores.open();
  await stores.rules(signing, await stores.profile(signing, 'plain'));
  const digest = await stores.push(signing);
  world.sign = () => Promise.reject(new SignatureMakerError('INVALID_REQUEST', 'no'));
  assert.deepEqual(await signing.runJob((await stores.only(digest)).jobId, 1), { kind: 'done' });
  assert.equal((await stores.only(digest)).state.status, 'FAILED');
});

test('an image that goes while it is signed leaves no signature behind', async () => {
  const { metadata, pool, world, repositoryId } = stores;
  const signing = stores.open();
  await stores.rules(signing, await stores.profile(signing, 'plain'));
  const digest = await stores.push(signing);
  const { jobId } = await stores.only(digest);
  world.sign = async (request) => {
    const made = await pool.sign(request);
    await metadata.storage.write((tx) => metadata.images.delete(tx, repositoryId, digest, 1));
    return made;
  };
  assert.deepEqual(await signing.runJob(jobId, 1), { kind: 'done' });
  assert.deepEqual(await stores.statuses(digest), []);
  assert.deepEqual(await stores.signaturesOf(digest), []);
  const job = await stores.findJob(jobId);
  assert.ok(job?.state.status === 'Failed');
  assert.equal(job.state.failure.code, 'IMAGE_NOT_FOUND');
});

test('a profile that is canceled while it signs publishes nothing', async () => {
  const { pool, world } = stores;
  const signing = stores.open();
  await stores.rules(signing, await stores.profile(signing, 'cut'));
  const digest = await stores.push(signing);
  world.sign = async (request) => {
    const made = await pool.sign(request);
    await signing.profiles.cancel(registryKey, 'cut');
    return made;
  };
  await signing.runJob((await stores.only(digest)).jobId, 1);
  const { state } = await stores.only(digest);
  assert.ok(state.status === 'FAILED');
  assert.equal(state.failure.code, 'SIGNING_PROFILE_CANCELED');
  assert.deepEqual(await stores.signaturesOf(digest), []);
});

test('an error at any point of the plan undoes the push; one after the commit does not', async () => {
  const { metadata, world, repositoryId } = stores;
  const signing = stores.open();
  await stores.rules(signing, await stores.profile(signing, 'plain'));
  world.crashAt = 'plan:before-commit';
  const digest = digestOf(Buffer.from('never stored'));
  await assert.rejects(stores.push(signing, { digest }), /crashed at/);
  assert.equal(await metadata.images.find(metadata.storage.reader, repositoryId, digest), undefined);
  assert.deepEqual(await stores.waiting(), []);
});

test('an error at any point of the run is healed by the next delivery, with one signature', async () => {
  const { world } = stores;
  const signing = stores.open();
  await stores.rules(signing, await stores.profile(signing, 'plain'));
  for (const point of ['run:signed', 'run:before-commit'] as const) {
    const digest = await stores.push(signing);
    const { jobId } = await stores.only(digest);
    world.crashAt = point;
    const outcome = await signing.runJob(jobId, 1);
    assert.equal(outcome.kind, 'retry');
    assert.deepEqual((await stores.only(digest)).state, { status: 'IN_PROGRESS' });
    assert.deepEqual(await stores.signaturesOf(digest), []);
    assert.deepEqual(await stores.waiting(), [jobId]);
    world.crashAt = undefined;
    // Another process: nothing is left in memory.
    await stores.open().runJob(jobId, 2);
    assert.deepEqual((await stores.only(digest)).state, { status: 'COMPLETE' });
    assert.equal((await stores.signaturesOf(digest)).length, 1);
  }
});

test('a payload’s signature is thrown away when its profile was canceled or revoked while it was made', async () => {
  const { pool, world, metadata } = stores;
  const signing = stores.open();
  const owner = registryKey;
  const descriptor = { mediaType: OCI_MANIFEST, digest: digestOf(Buffer.from('payload')), size: 7 };
  const payload = Buffer.from(JSON.stringify({ targetArtifact: descriptor }));
  for (const end of ['canceled', 'revoked'] as const) {
    await stores.profile(signing, end);
    const { version } = await signing.profiles.get(owner, end);
    world.sign = async (request) => {
      const made = await pool.sign(request);
      if (end === 'canceled') await signing.profiles.cancel(owner, end);
      else
        await signing.revocation.profile({
          owner,
          name: end,
          version,
          reason: 'lost',
          effectiveFrom: 0,
          revokedBy: principal.arn,
        });
      return made;
    };
    await assert.rejects(
      signing.signPayload({
        owner,
        profileName: end,
        payload,
        payloadFormat: 'application/vnd.cncf.notary.payload.v1+json',
        principal,
      }),
      (error) => isDomainError(error, 'Validation'),
    );
    const { items } = await metadata.signingJobs.list(metadata.storage.reader, owner, { limit: 100 });
    assert.deepEqual(
      items.filter(({ profileName }) => profileName === end),
      [],
    );
  }
});
