// The signing cycle on the real stores and the real signature maker: what the wire cannot show, because a
// client cannot be a principal without permissions, or lose a key, or deliver a task twice.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { makeLocalKeyStore } from '../src/adapters/keys/local.ts';
import { loadOrCreateMasterKey } from '../src/adapters/keys/master-key.ts';
import { type Metadata, openMetadata } from '../src/adapters/metadata/open.ts';
import { openEmbeddedQueue } from '../src/adapters/queue/embedded.ts';
import { SigningPool } from '../src/adapters/signing-pool/pool.ts';
import type { AccessRequest, Decision, Principal } from '../src/domain/access/index.ts';
import type { Repository, StoredImage } from '../src/domain/registry/index.ts';
import {
  type CrashPoint,
  makeSigning,
  type Signing,
  type SigningDeps,
  type SigningEvent,
} from '../src/domain/signing/index.ts';
import { type SignatureMaker, SignatureMakerError } from '../src/domain/signing/notary/index.ts';
import { rootPrincipalArn } from '../src/shared/arn.ts';
import { type Digest, digestOf } from '../src/shared/digest.ts';
import { OCI_MANIFEST } from '../src/shared/media-types.ts';

const accountId = '123456789012';
const registryKey = { accountId, region: 'us-east-1' };
const platformId = 'Notation-OCI-SHA384-ECDSA';
const principal: Principal = {
  kind: 'root',
  accountId,
  arn: rootPrincipalArn(accountId),
  accessKeyId: 'AKIDEXAMPLE',
};
const clock = { now: () => Date.now() };

let directory: string;
let metadata: Metadata;
let pool: SigningPool;
let deps: SigningDeps;
let repository: Repository;
/** What the tests change from one to the next. */
let world: {
  authorize: (request: AccessRequest) => Decision;
  maker: SignatureMaker;
  crashAt: CrashPoint | undefined;
  events: SigningEvent[];
};

function unexpected(error: unknown): void {
  throw error;
}

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sealport-signing-'));
  metadata = await openMetadata({ path: join(directory, 'metadata.db'), onError: unexpected });
  const { key } = await loadOrCreateMasterKey(join(directory, 'master.key'));
  pool = new SigningPool({ masterKeys: () => [Uint8Array.from(key.copyForWorker())], maxWorkers: 1 });
  const { storage } = metadata;
  deps = {
    storage,
    clock,
    configurations: metadata.signingConfigurations,
    profiles: metadata.signingProfiles,
    jobs: metadata.signingJobs,
    statuses: metadata.imageSigningStatuses,
    authorities: metadata.authorities,
    resourceTags: metadata.resourceTags,
    images: metadata.images,
    layers: metadata.layers,
    // Tasks are only kept: each test delivers them by itself.
    queue: await openEmbeddedQueue({
      storage,
      tasks: metadata.tasks,
      clock,
      onError: unexpected,
    }),
    keys: makeLocalKeyStore(key),
    maker: { sign: (request) => world.maker.sign(request), close: async () => {} },
    authorize: (request) => world.authorize(request),
    resolveImage: async () => {
      throw new Error('no test here asks by name');
    },
    checkpoint: (point) => {
      if (point === world.crashAt) throw new Error(`crashed at ${point}`);
    },
    observe: (event) => void world.events.push(event),
  };
  const made = await storage.write((tx) =>
    metadata.repositories.insert(tx, {
      registry: registryKey,
      name: 'team/app',
      createdAt: clock.now(),
      tagMutability: 'MUTABLE',
      tagMutabilityExclusions: [],
      scanOnPush: false,
      encryption: { encryptionType: 'AES256' },
    }),
  );
  assert.ok(made);
  repository = made;
});

beforeEach(() => {
  world = { authorize: () => ({ allowed: true }), maker: pool, crashAt: undefined, events: [] };
});

after(async () => {
  await pool.close();
  await metadata.close();
  await rm(directory, { recursive: true });
});

let pushes = 0;

/** Stores an image as a push does, with the plan in the same transaction. */
async function push(
  signing: Signing,
  given: { digest?: Digest; tags?: string[]; artifact?: Partial<StoredImage['image']> } = {},
): Promise<Digest> {
  const bytes = Buffer.from(`manifest ${(pushes += 1)}`);
  const digest = given.digest ?? digestOf(bytes);
  await metadata.storage.write(async (tx) => {
    const known = await metadata.images.find(tx, repository.id, digest);
    const image = known ?? {
      repositoryId: repository.id,
      digest,
      mediaType: OCI_MANIFEST,
      manifestSizeBytes: bytes.length,
      imageSizeBytes: 0,
      pushedAt: clock.now(),
      ...given.artifact,
    };
    if (known === undefined) await metadata.images.insert(tx, image, bytes, []);
    await signing.planJobs(
      tx,
      { repository, image, isNew: known === undefined, tags: given.tags ?? [] },
      principal,
    );
  });
  return digest;
}

async function profile(
  signing: Signing,
  name: string,
  parameters: Record<string, string> = {},
): Promise<string> {
  await signing.profiles.put({ owner: registryKey, name, platformId, parameters });
  return `arn:aws:signer:us-east-1:${accountId}:/signing-profiles/${name}`;
}

const rules = (signing: Signing, ...arns: string[]) =>
  signing.configuration.put(registryKey, { rules: arns.map((signingProfileArn) => ({ signingProfileArn })) });
const statuses = (digest: Digest) =>
  metadata.imageSigningStatuses.list(metadata.storage.reader, repository.id, digest);
const waiting = async () => {
  const tasks = await metadata.tasks.due(metadata.storage.reader, 'sign-image', clock.now() + 1e9, 100);
  return tasks.map(({ key }) => key);
};
const signaturesOf = async (digest: Digest) => {
  const page = await metadata.imageLists.referrers(metadata.storage.reader, repository.id, digest, {
    limit: 10,
  });
  return page.items;
};
/** The first status, and the job it belongs to. */
async function only(digest: Digest) {
  const [status, ...others] = await statuses(digest);
  assert.ok(status);
  assert.equal(others.length, 0);
  return { ...status, job: await metadata.signingJobs.findById(metadata.storage.reader, status.jobId) };
}

test('a job that ran publishes a referrer, completes the status and ends the task', async () => {
  const signing = makeSigning(deps);
  await rules(signing, await profile(signing, 'plain'));
  const digest = await push(signing);
  const { jobId, state } = await only(digest);
  assert.deepEqual(state, { status: 'IN_PROGRESS' });
  assert.deepEqual(await waiting(), [jobId]);

  assert.deepEqual(await signing.runJob(jobId, 1), { kind: 'done' });
  const { state: ended, job } = await only(digest);
  assert.deepEqual(ended, { status: 'COMPLETE' });
  assert.deepEqual(await waiting(), []);
  const [signature, ...others] = await signaturesOf(digest);
  assert.equal(others.length, 0);
  assert.ok(job?.state.status === 'Succeeded');
  assert.equal(job.state.signatureDigest, signature?.digest);
  assert.equal(signature?.artifactType, 'application/vnd.cncf.notary.signature');
  assert.deepEqual(
    world.events.map(({ kind }) => kind),
    ['planned', 'succeeded'],
  );

  assert.deepEqual(await signing.runJob(jobId, 2), { kind: 'done' });
  assert.equal((await signaturesOf(digest)).length, 1);
});

test('two deliveries of one task at the same time publish one signature', async () => {
  const signing = makeSigning(deps);
  await rules(signing, await profile(signing, 'plain'));
  const digest = await push(signing);
  const { jobId } = await only(digest);
  await Promise.all([signing.runJob(jobId, 1), signing.runJob(jobId, 1), signing.runJob(jobId, 1)]);
  assert.equal((await signaturesOf(digest)).length, 1);
  assert.equal((await only(digest)).state.status, 'COMPLETE');
});

test('every choice of a profile gives a signature that verifies itself', async () => {
  const signing = makeSigning(deps);
  for (const [name, parameters] of [
    ['cose', { envelope: 'cose' }],
    ['x509', { signingScheme: 'notary.x509' }],
    ['shared', { leaf: 'per-profile' }],
    ['all', { envelope: 'cose', signingScheme: 'notary.x509', leaf: 'per-profile' }],
  ] as const) {
    await rules(signing, await profile(signing, name, parameters));
    for (let i = 0; i < 2; i++) {
      const digest = await push(signing);
      await signing.runJob((await only(digest)).jobId, 1);
      assert.deepEqual((await only(digest)).state, { status: 'COMPLETE' }, name);
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
  const signing = makeSigning(deps);
  const arn = await profile(signing, 'plain');
  await rules(signing, arn);
  for (const denied of ['signer:SignPayload', 'ecr:PutImage', 'ecr:InitiateLayerUpload']) {
    world.authorize = ({ action }) =>
      action === denied ? { allowed: false, reason: 'no policy allows it' } : { allowed: true };
    const digest = await push(signing);
    const { state } = await only(digest);
    assert.ok(state.status === 'FAILED');
    assert.equal(state.failure.code, 'ACCESS_DENIED');
    const resource = denied.startsWith('signer') ? arn : 'repository/team/app';
    for (const part of [principal.arn, denied, resource, 'push the image again'])
      assert.ok(state.failure.reason.includes(part), `${state.failure.reason} should name ${part}`);
    assert.deepEqual(await waiting(), []);

    world.authorize = () => ({ allowed: true });
    await push(signing, { digest });
    await signing.runJob((await only(digest)).jobId, 1);
    assert.deepEqual((await only(digest)).state, { status: 'COMPLETE' });
  }
});

test('a push that is denied leaves a signature of an older profile version as it is', async () => {
  const signing = makeSigning(deps);
  await rules(signing, await profile(signing, 'older'));
  const digest = await push(signing);
  await signing.runJob((await only(digest)).jobId, 1);
  await signing.profiles.cancel(registryKey, 'older');
  await push(signing, { digest });
  assert.deepEqual((await only(digest)).state, { status: 'COMPLETE' });

  await profile(signing, 'older');
  world.authorize = () => ({ allowed: false, reason: 'no' });
  await push(signing, { digest });
  assert.deepEqual((await only(digest)).state, { status: 'COMPLETE' });
  world.authorize = () => ({ allowed: true });
  await push(signing, { digest });
  await signing.runJob((await only(digest)).jobId, 1);
  assert.equal((await signaturesOf(digest)).length, 2);
});

test('a configured profile that is not there fails the status with its code', async () => {
  const signing = makeSigning(deps);
  const gone = `arn:aws:signer:us-east-1:${accountId}:/signing-profiles/never_made`;
  // Put refuses such a rule; a restored or older database may still hold one.
  await metadata.storage.write((tx) =>
    metadata.signingConfigurations.put(tx, registryKey, { rules: [{ signingProfileArn: gone }] }, 0),
  );
  const fresh = makeSigning(deps);
  const { state, job } = await only(await push(fresh));
  assert.ok(state.status === 'FAILED');
  assert.equal(state.failure.code, 'SIGNING_PROFILE_NOT_FOUND');
  assert.equal(job, undefined);
  await rules(signing);
});

test('faults that may pass are retried later and later, then fail with their code', async () => {
  const signing = makeSigning(deps);
  await rules(signing, await profile(signing, 'plain'));
  for (const [code, expected] of [
    ['KEY_UNAVAILABLE', 'SIGNING_KEY_UNAVAILABLE'],
    ['OVERLOADED', 'THROTTLED'],
    ['SELF_CHECK_FAILED', 'INTERNAL_ERROR'],
  ] as const) {
    const digest = await push(signing);
    const { jobId } = await only(digest);
    world.maker = {
      close: async () => {},
      sign: () => Promise.reject(new SignatureMakerError(code, 'injected')),
    };
    let total = 0;
    let attempt = 1;
    for (; attempt < 20; attempt++) {
      const outcome = await signing.runJob(jobId, attempt);
      if (outcome.kind === 'done') break;
      total += outcome.delayMs;
      assert.deepEqual((await only(digest)).state, { status: 'IN_PROGRESS' });
    }
    assert.equal(attempt, 11);
    assert.ok(total > 60_000 && total < 240_000, String(total));
    const { state, job } = await only(digest);
    assert.ok(state.status === 'FAILED');
    assert.equal(state.failure.code, expected);
    assert.equal(job?.state.status, 'Failed');
    assert.equal(job.attempts, 11);
    assert.deepEqual(await waiting(), []);

    world.maker = pool;
    await push(signing, { digest });
    await signing.runJob((await only(digest)).jobId, 1);
    assert.deepEqual((await only(digest)).state, { status: 'COMPLETE' });
  }
});

test('a request that can never be signed fails at once', async () => {
  const signing = makeSigning(deps);
  await rules(signing, await profile(signing, 'plain'));
  const digest = await push(signing);
  world.maker = {
    close: async () => {},
    sign: () => Promise.reject(new SignatureMakerError('INVALID_REQUEST', 'no')),
  };
  assert.deepEqual(await signing.runJob((await only(digest)).jobId, 1), { kind: 'done' });
  assert.equal((await only(digest)).state.status, 'FAILED');
});

test('an image that goes while it is signed leaves no signature behind', async () => {
  const signing = makeSigning(deps);
  await rules(signing, await profile(signing, 'plain'));
  const digest = await push(signing);
  const { jobId } = await only(digest);
  world.maker = {
    close: async () => {},
    async sign(request) {
      const made = await pool.sign(request);
      await metadata.storage.write((tx) => metadata.images.delete(tx, repository.id, digest));
      return made;
    },
  };
  assert.deepEqual(await signing.runJob(jobId, 1), { kind: 'done' });
  assert.deepEqual(await statuses(digest), []);
  assert.deepEqual(await signaturesOf(digest), []);
  const job = await metadata.signingJobs.findById(metadata.storage.reader, jobId);
  assert.ok(job?.state.status === 'Failed');
  assert.equal(job.state.failure.code, 'IMAGE_NOT_FOUND');
});

test('a profile that is canceled while it signs publishes nothing', async () => {
  const signing = makeSigning(deps);
  await rules(signing, await profile(signing, 'cut'));
  const digest = await push(signing);
  world.maker = {
    close: async () => {},
    async sign(request) {
      const made = await pool.sign(request);
      await signing.profiles.cancel(registryKey, 'cut');
      return made;
    },
  };
  await signing.runJob((await only(digest)).jobId, 1);
  const { state } = await only(digest);
  assert.ok(state.status === 'FAILED');
  assert.equal(state.failure.code, 'SIGNING_PROFILE_CANCELED');
  assert.deepEqual(await signaturesOf(digest), []);
});

test('an error at any point of the plan undoes the push; one after the commit does not', async () => {
  const signing = makeSigning(deps);
  await rules(signing, await profile(signing, 'plain'));
  world.crashAt = 'plan:before-commit';
  const digest = digestOf(Buffer.from('never stored'));
  await assert.rejects(push(signing, { digest }), /crashed at/);
  assert.equal(await metadata.images.find(metadata.storage.reader, repository.id, digest), undefined);
  assert.deepEqual(await waiting(), []);
});

test('an error at any point of the run is healed by the next delivery, with one signature', async () => {
  const signing = makeSigning(deps);
  await rules(signing, await profile(signing, 'plain'));
  for (const point of ['run:signed', 'run:before-commit'] as const) {
    const digest = await push(signing);
    const { jobId } = await only(digest);
    world.crashAt = point;
    const outcome = await signing.runJob(jobId, 1);
    assert.equal(outcome.kind, 'retry');
    assert.deepEqual((await only(digest)).state, { status: 'IN_PROGRESS' });
    assert.deepEqual(await signaturesOf(digest), []);
    assert.deepEqual(await waiting(), [jobId]);
    world.crashAt = undefined;
    // Another process: nothing is left in memory.
    await makeSigning(deps).runJob(jobId, 2);
    assert.deepEqual((await only(digest)).state, { status: 'COMPLETE' });
    assert.equal((await signaturesOf(digest)).length, 1);
  }
});

test('many pushes at once are all signed, each once', async () => {
  const signing = makeSigning(deps);
  await rules(signing, await profile(signing, 'plain'), await profile(signing, 'second'));
  const digests = await Promise.all(Array.from({ length: 20 }, () => push(signing)));
  const jobs = await waiting();
  assert.equal(jobs.length, 40);
  await Promise.all(jobs.map((jobId) => signing.runJob(jobId, 1)));
  for (const digest of digests) {
    const found = await statuses(digest);
    assert.deepEqual(
      found.map(({ state }) => state.status),
      ['COMPLETE', 'COMPLETE'],
    );
    assert.equal((await signaturesOf(digest)).length, 2);
  }
});
