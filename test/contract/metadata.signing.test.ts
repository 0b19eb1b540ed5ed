import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JobKey, ProfileKey } from '../../src/domain/signing/ports.ts';
import type { ImageSigningStatus, SigningJob, SigningProfile } from '../../src/domain/signing/types.ts';
import {
  allPages,
  digest,
  insertImage,
  insertRepository,
  newImage,
  newJob,
  newProfile,
  openTemporary,
  otherRegistry,
  registry,
} from './metadata-fixture.ts';

test('a signing configuration is kept as put, for one registry, until it is deleted', async (t) => {
  const { storage, signingConfigurations } = await openTemporary(t);
  const find = (of: typeof registry) => signingConfigurations.find(storage.reader, of);
  const first = {
    rules: [
      {
        signingProfileArn: 'arn',
        repositoryFilters: [{ filter: 'a/*', filterType: 'WILDCARD_MATCH' as const }],
      },
      { signingProfileArn: 'arn2' },
    ],
  };
  assert.equal(await find(registry), undefined);
  await storage.write((tx) => signingConfigurations.put(tx, registry, first, 1));
  assert.deepEqual(await find(registry), first);
  assert.equal(await find(otherRegistry), undefined);
  await storage.write((tx) => signingConfigurations.put(tx, registry, { rules: [] }, 2));
  assert.deepEqual(await find(registry), { rules: [] });
  assert.equal(await storage.write((tx) => signingConfigurations.delete(tx, registry)), true);
  assert.equal(await storage.write((tx) => signingConfigurations.delete(tx, registry)), false);
  assert.equal(await find(registry), undefined);
});

test('find gives the newest version of a profile, also when versions are of the same millisecond', async (t) => {
  const { storage, signingProfiles } = await openTemporary(t);
  const find = () => signingProfiles.find(storage.reader, registry, 'release');
  const versions = ['zzzzzzzzzz', 'aaaaaaaaaa', 'mmmmmmmmmm'].map((version) =>
    newProfile('release', version),
  );
  for (const profile of versions) {
    await storage.write((tx) => signingProfiles.insert(tx, profile));
    assert.deepEqual(await find(), profile);
  }
  const first = await signingProfiles.findVersion(storage.reader, registry, 'release', 'zzzzzzzzzz');
  assert.deepEqual(first, versions[0]);
  assert.equal(await signingProfiles.findVersion(storage.reader, registry, 'release', 'x'), undefined);
  assert.equal(await signingProfiles.find(storage.reader, otherRegistry, 'release'), undefined);
});

test('update replaces status, reason and cancel time of one version', async (t) => {
  const { storage, signingProfiles } = await openTemporary(t);
  const old = newProfile('release', 'a');
  const current = newProfile('release', 'b');
  await storage.write(async (tx) => {
    await signingProfiles.insert(tx, old);
    await signingProfiles.insert(tx, current);
  });
  const revoked: SigningProfile = { ...old, status: 'Revoked', statusReason: 'leaked', canceledAt: 9 };
  await storage.write((tx) => signingProfiles.update(tx, revoked));
  assert.deepEqual(await signingProfiles.findVersion(storage.reader, registry, 'release', 'a'), revoked);
  assert.deepEqual(await signingProfiles.find(storage.reader, registry, 'release'), current);
});

test('profiles are listed by name and version, of the statuses and platform asked', async (t) => {
  const { storage, signingProfiles } = await openTemporary(t);
  const profiles = [
    newProfile('a', '1', { status: 'Canceled', canceledAt: 1 }),
    newProfile('a', '2'),
    newProfile('b', '1', { status: 'Revoked' }),
    newProfile('b', '2', { platformId: 'other' }),
    newProfile('c', '1'),
  ];
  await storage.write(async (tx) => {
    for (const profile of profiles) await signingProfiles.insert(tx, profile);
    await signingProfiles.insert(tx, newProfile('a', '9', { owner: otherRegistry }));
  });
  const list = async (statuses: SigningProfile['status'][], limit: number, platformId?: string) => {
    const pages = await allPages<SigningProfile, ProfileKey>((after) =>
      signingProfiles.list(storage.reader, registry, { statuses, platformId, after, limit }),
    );
    return pages.flat().map(({ name, version }) => `${name}${version}`);
  };
  for (const limit of [1, 2, 10]) {
    assert.deepEqual(await list(['Active', 'Canceled', 'Revoked', 'Active'], limit), [
      'a1',
      'a2',
      'b1',
      'b2',
      'c1',
    ]);
    assert.deepEqual(await list(['Active'], limit), ['a2', 'b2', 'c1']);
    assert.deepEqual(await list(['Canceled', 'Revoked'], limit), ['a1', 'b1']);
    assert.deepEqual(await list(['Active'], limit, 'other'), ['b2']);
    assert.deepEqual(await list([], limit), []);
  }
});

test('a job is found as it was written in each state, by its owner only', async (t) => {
  const { storage, signingJobs } = await openTemporary(t);
  const image: SigningJob['target'] = { kind: 'image', repositoryId: 4, digest: digest(1) };
  const states: SigningJob['state'][] = [
    { status: 'InProgress' },
    { status: 'Succeeded', completedAt: 1, signatureExpiresAt: 2, certificateSerial: 'ab' },
    {
      status: 'Succeeded',
      completedAt: 1,
      signatureExpiresAt: 2,
      certificateSerial: 'ab',
      signatureDigest: digest(2),
    },
    { status: 'Failed', completedAt: 3, failure: { code: 'ACCESS_DENIED', reason: 'no' } },
  ];
  for (const [n, state] of states.entries()) {
    const inserted = newJob(n, { target: image });
    await storage.write((tx) => signingJobs.insert(tx, inserted));
    const job = { ...inserted, state, attempts: 2 };
    await storage.write((tx) => signingJobs.update(tx, job));
    assert.deepEqual(await signingJobs.find(storage.reader, registry, job.id), job);
    assert.deepEqual(await signingJobs.findById(storage.reader, job.id), job);
    assert.equal(await signingJobs.find(storage.reader, otherRegistry, job.id), undefined);
    const direct = newJob(100 + n, { state });
    await storage.write((tx) => signingJobs.insert(tx, direct));
    assert.deepEqual(await signingJobs.findById(storage.reader, direct.id), direct);
  }
  assert.equal(await signingJobs.findById(storage.reader, 'none'), undefined);
});

test('jobs are listed newest first with every filter, and the pages end', async (t) => {
  const { storage, signingJobs } = await openTemporary(t);
  const failure = { code: 'INTERNAL_ERROR', reason: 'r' } as const;
  const jobs: SigningJob[] = [];
  for (let n = 0; n < 30; n += 1) {
    const state: SigningJob['state'] =
      n % 3 === 0
        ? { status: 'InProgress' }
        : n % 3 === 1
          ? { status: 'Failed', completedAt: n, failure }
          : { status: 'Succeeded', completedAt: n, signatureExpiresAt: 1000 + n, certificateSerial: 'aa' };
    // Three jobs of each millisecond.
    jobs.push(
      newJob(n, { state, createdAt: Math.floor(n / 3), requestedBy: `p${n % 2}`, invoker: `i${n % 5}` }),
    );
  }
  await storage.write(async (tx) => {
    for (const job of jobs) await signingJobs.insert(tx, job);
    await signingJobs.insert(tx, newJob(99, { owner: otherRegistry }));
  });
  const expiry = ({ state }: SigningJob) =>
    state.status === 'Succeeded' ? state.signatureExpiresAt : undefined;
  type Query = Omit<Parameters<typeof signingJobs.list>[2], 'after' | 'limit'>;
  const cases: [Query, (job: SigningJob) => boolean][] = [
    [{}, () => true],
    [{ status: 'Failed' }, (job) => job.state.status === 'Failed'],
    [{ status: 'InProgress' }, (job) => job.state.status === 'InProgress'],
    [{ requestedBy: 'p1' }, (job) => job.requestedBy === 'p1'],
    [{ invoker: 'i2', status: 'Failed' }, (job) => job.invoker === 'i2' && job.state.status === 'Failed'],
    [{ requestedBy: 'nobody' }, () => false],
    [{ expiresBefore: 1011 }, (job) => (expiry(job) ?? Infinity) < 1011],
    [{ expiresAfter: 1011, expiresBefore: 1020 }, (job) => [1014, 1017].includes(expiry(job) ?? 0)],
  ];
  for (const [query, matches] of cases)
    for (const limit of [1, 3, 7, 100]) {
      const pages = await allPages<SigningJob, JobKey>((after) =>
        signingJobs.list(storage.reader, registry, { ...query, after, limit }),
      );
      assert.deepEqual(pages.flat(), jobs.filter(matches).toReversed());
    }
});

test('a filter that nothing matches looks at a bounded number of jobs a page, and still ends', async (t) => {
  const { storage, signingJobs } = await openTemporary(t);
  await storage.write(async (tx) => {
    for (let n = 0; n < 4500; n += 1) await signingJobs.insert(tx, newJob(n));
    await signingJobs.insert(tx, newJob(0xffffff, { createdAt: -1, requestedBy: 'rare' }));
  });
  const pages = await allPages<SigningJob, JobKey>((after) =>
    signingJobs.list(storage.reader, registry, { requestedBy: 'rare', after, limit: 10 }),
  );
  assert.deepEqual(
    pages.map(({ length }) => length),
    [0, 0, 1],
  );
});

test('statuses of an image are by profile, replaced by a put, and go with the image', async (t) => {
  const metadata = await openTemporary(t);
  const { storage, imageSigningStatuses, images, signingJobs } = metadata;
  const { id } = await insertRepository(metadata);
  await insertImage(metadata, newImage(id, 1));
  await insertImage(metadata, newImage(id, 2));
  const status = (profileArn: string, changes: Partial<ImageSigningStatus> = {}): ImageSigningStatus => ({
    repositoryId: id,
    digest: digest(1),
    profileArn,
    profileVersion: 'v1',
    jobId: 'job',
    state: { status: 'IN_PROGRESS' },
    updatedAt: 1,
    ...changes,
  });
  const failed = status('arn:a', {
    state: { status: 'FAILED', failure: { code: 'THROTTLED', reason: 'slow down' } },
    profileVersion: 'v2',
    jobId: '',
    updatedAt: 2,
  });
  const other = status('arn:a', { digest: digest(2), state: { status: 'COMPLETE' } });
  const job = newJob(1, { target: { kind: 'image', repositoryId: id, digest: digest(1) } });
  await storage.write(async (tx) => {
    for (const each of [status('arn:b'), status('arn:a'), failed, other])
      await imageSigningStatuses.put(tx, each);
    await signingJobs.insert(tx, job);
  });
  const list = (n: number) => imageSigningStatuses.list(storage.reader, id, digest(n));
  assert.deepEqual(await list(1), [failed, status('arn:b')]);
  assert.deepEqual(await list(2), [other]);
  await storage.write((tx) => images.delete(tx, id, digest(1), 1));
  assert.deepEqual(await list(1), []);
  assert.deepEqual(await list(2), [other]);
  assert.deepEqual(await signingJobs.findById(storage.reader, job.id), job, 'the job survives the image');
});

test('a status is read with what its job knows of its signature', async (t) => {
  const metadata = await openTemporary(t);
  const { storage, imageSigningStatuses, signingJobs } = metadata;
  const { id } = await insertRepository(metadata);
  await insertImage(metadata, newImage(id, 1));
  const job = newJob(1, {
    target: { kind: 'image', repositoryId: id, digest: digest(1) },
    state: {
      status: 'Succeeded',
      completedAt: 9,
      signedAt: 7,
      signatureExpiresAt: 20,
      certificateSerial: 'ab',
      signatureDigest: digest(2),
    },
  });
  const status: ImageSigningStatus = {
    repositoryId: id,
    digest: digest(1),
    profileArn: 'arn:a',
    profileVersion: 'v1',
    jobId: job.id,
    state: { status: 'COMPLETE' },
    updatedAt: 1,
  };
  const read = async () => (await imageSigningStatuses.list(storage.reader, id, digest(1)))[0];
  await storage.write((tx) => imageSigningStatuses.put(tx, status));
  assert.deepEqual(await read(), status, 'a job that is not known says nothing');
  await storage.write((tx) => signingJobs.insert(tx, job));
  const signature = { digest: digest(2), signedAt: 7, expiresAt: 20 };
  assert.deepEqual(await read(), { ...status, signature });

  const setFault = (part: 'manifest' | 'envelope', fault?: string) =>
    storage.write((tx) => signingJobs.setFault(tx, job.id, part, fault));
  await setFault('envelope', 'missing');
  assert.deepEqual((await read())?.signature?.fault, { part: 'envelope', fault: 'missing' });
  await setFault('manifest', 'wrong content');
  await setFault('envelope');
  const fault = { part: 'manifest', fault: 'wrong content' } as const;
  assert.deepEqual((await read())?.signature?.fault, fault);
  assert.deepEqual((await signingJobs.findById(storage.reader, job.id))?.signatureFault, fault);
  await setFault('manifest');
  const revocation = { revokedAt: 11, revokedBy: 'arn:root', reason: 'why not' };
  await storage.write((tx) => signingJobs.revoke(tx, job, revocation));
  assert.deepEqual((await read())?.signature, { ...signature, revocation });
});

test('an authority is inserted once for its scope', async (t) => {
  const { storage, authorities } = await openTemporary(t);
  const record = {
    scope: 'root',
    accountId: '123456789012',
    certificateDer: Uint8Array.from([1]),
    keyId: 'k',
    keyKind: 'sealed',
    keySealed: Uint8Array.from([2]),
    keyPublic: Uint8Array.from([3]),
    createdAt: 1,
  };
  const insert = (keyId: string, accountId = record.accountId) =>
    storage.write((tx) => authorities.insert(tx, { ...record, keyId, accountId }));
  assert.equal(await insert('k'), true);
  assert.equal(await insert('other'), false);
  assert.equal(await insert('k', '000000000000'), true);
  assert.deepEqual(await authorities.find(storage.reader, '123456789012', 'root'), record);
  assert.equal(await authorities.find(storage.reader, '123456789012', 'profile/x'), undefined);
});
