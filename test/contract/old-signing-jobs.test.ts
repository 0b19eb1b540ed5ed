// The retention of finished signing jobs, on real stores.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JOBS_KEPT_MS, makeOldJobs } from '../../src/domain/signing/old-jobs.ts';
import type { JobState, SigningJob } from '../../src/domain/signing/types.ts';
import {
  digest,
  insertImage,
  insertRepository,
  newImage,
  newJob,
  openTemporary,
} from './metadata-fixture.ts';

const DAY_MS = 24 * 3_600_000;
const NOW = 2_000_000_000_000;

const succeeded = (completedAt: number, expiresAt: number, signature?: number): JobState => ({
  status: 'Succeeded',
  completedAt,
  signatureExpiresAt: expiresAt,
  certificateSerial: 'aa',
  signedAt: completedAt,
  ...(signature === undefined ? {} : { signatureDigest: digest(signature) }),
});
const failed = (completedAt: number): JobState => ({
  status: 'Failed',
  completedAt,
  failure: { code: 'ACCESS_DENIED', reason: 'r' },
});

test('a job goes two years after its end, when its signature has expired and nothing rests on it', async (t) => {
  const metadata = await openTemporary(t);
  const { storage, signingJobs, imageSigningStatuses } = metadata;
  const { id: repositoryId } = await insertRepository(metadata);
  for (const n of [1, 2]) await insertImage(metadata, newImage(repositoryId, n));
  const long = NOW - JOBS_KEPT_MS - DAY_MS;
  const expired = NOW - 2 * DAY_MS;
  const target = (n: number) => ({ kind: 'image', repositoryId, digest: digest(n) }) as const;
  const jobs: Readonly<Record<string, Partial<SigningJob>>> = {
    'expired, its image gone': { target: target(7), state: succeeded(long, expired, 8) },
    'expired payload': { state: succeeded(long, expired) },
    'failed long ago': { target: target(7), state: failed(long) },
    'not expired, its image gone': { target: target(7), state: succeeded(long, NOW + DAY_MS, 8) },
    'expired today': { state: succeeded(long, NOW - DAY_MS / 2) },
    'ended lately': { state: failed(NOW - JOBS_KEPT_MS + DAY_MS) },
    'a status rests on it': { target: target(1), state: succeeded(long, expired, 8) },
    'its signature is stored': { target: target(7), state: succeeded(long, expired, 2) },
    'in progress': {},
    revoked: { state: succeeded(long, expired) },
  };
  const names = Object.keys(jobs);
  const jobOf = (name: string) => newJob(1000 + names.indexOf(name), jobs[name]);
  await storage.write(async (tx) => {
    for (const name of names) {
      const job = jobOf(name);
      await signingJobs.insert(tx, job);
      await signingJobs.update(tx, job);
    }
    const rests = { repositoryId, digest: digest(1), profileArn: 'a', profileVersion: 'v', updatedAt: 1 };
    const { id: jobId } = jobOf('a status rests on it');
    await imageSigningStatuses.put(tx, { ...rests, jobId, state: { status: 'COMPLETE' } });
    await signingJobs.revoke(tx, jobOf('revoked'), { revokedAt: 1, revokedBy: 'b', reason: 'r' });
    // Enough others for more than one step.
    for (let n = 1; n <= 300; n += 1) await signingJobs.insert(tx, newJob(n));
  });
  const oldJobs = makeOldJobs({ storage, clock: { now: () => NOW }, oldJobs: metadata.oldSigningJobs });
  let removed = 0;
  let looked = 0;
  // It begins anywhere: after two ends every job was looked at.
  for (let ends = 0; ends < 2; ) {
    const step = await oldJobs.removeSome();
    removed += step.removed;
    looked += step.looked;
    if (step.isRoundOver) ends += 1;
  }
  assert.ok(looked >= 310);
  const left: string[] = [];
  for (const name of names)
    if ((await signingJobs.findById(storage.reader, jobOf(name).id)) !== undefined) left.push(name);
  assert.deepEqual(left, names.slice(3));
  assert.equal(removed, 3);
});
