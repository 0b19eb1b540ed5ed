// Run: from a signing job to a published signature. States of a job: InProgress -> Succeeded | Failed; the
// status follows in the same transaction. Delivered at least once: whatever happened before, a second run of a
// finished job changes nothing, and a signature is published in one transaction or not at all.
// docs/signing-cycle.md tells the cycle with its crash points.
import { randomInt } from 'node:crypto';
import { repositoryArn, signingProfileArn } from '../../shared/arn.ts';
import type { Clock } from '../../shared/clock.ts';
import { type AuditTrail, type SigningJobEnd, signingEvent } from '../audit/index.ts';
import { isDomainError } from '../errors.ts';
import { type Image, type Images, type Layers, type Repositories } from '../registry/index.ts';
import type { Storage, Tx } from '../storage.ts';
import type { Checkpoint } from './crash-points.ts';
import { checkProfile, faultOf, imageNotFound } from './failures.ts';
import type { Lookups, ProfileVersion } from './lookups.ts';
import { type MadeSignature, makeReferrer, type SignatureMaker } from './notary/index.ts';
import type { ImageSigningStatuses, SigningJobs, TaskOutcome, TaskQueue } from './ports.ts';
import type { SigningEvent } from './signing.ts';
import type { SigningClock } from './signing-clock.ts';
import { makeSigningRequest, type RequestDeps } from './signing-request.ts';
import { storeSignature } from './store-signature.ts';
import { type ImageSigningStatus, SIGN_IMAGE, type SigningFailure, type SigningJob } from './types.ts';

/** Milliseconds before attempt 2, 3, …; about three minutes in all. After the last one the job fails. */
const delays = [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 60_000, 60_000];
const longestDelay = 60_000;

export interface RunDeps extends RequestDeps {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly images: Images;
  readonly layers: Layers;
  readonly jobs: SigningJobs;
  readonly statuses: ImageSigningStatuses;
  readonly queue: TaskQueue;
  readonly signingClock: SigningClock;
  readonly lookups: Lookups;
  readonly maker: SignatureMaker;
  readonly audit: AuditTrail;
  readonly repositories: Pick<Repositories, 'findById'>;
  readonly checkpoint: Checkpoint;
  readonly observe: (event: SigningEvent) => void;
}

type ImageTarget = Extract<SigningJob['target'], { kind: 'image' }>;

export type RunJob = (jobId: string, attempt: number) => Promise<TaskOutcome>;

/** A job under way, with the attempt counted. */
interface Started {
  readonly job: SigningJob;
  readonly target: ImageTarget;
}

export function makeRunJob(deps: RunDeps): RunJob {
  const { storage, jobs, queue } = deps;

  async function retryOrFail(started: Started, error: unknown): Promise<TaskOutcome> {
    // Nothing was tried: the queue holds the others back until the clock is right.
    if (isDomainError(error, 'ClockBehind')) return { kind: 'wait', delayMs: 1000 };
    const { id: jobId, attempts: attempt } = started.job;
    const { failure, retryable } = faultOf(error, profileArnOf(started.job));
    const retry = (delayMs: number, cause: unknown): TaskOutcome => {
      deps.observe({ kind: 'retrying', jobId, attempt, delayMs, error: cause });
      return { kind: 'retry', delayMs };
    };
    const delay = retryable ? delays[attempt - 1] : undefined;
    // Half of the delay is random, so that jobs that failed together do not come back together.
    if (delay !== undefined) return retry(delay / 2 + randomInt(delay / 2), error);
    try {
      await fail(deps, started, failure);
      return { kind: 'done' };
    } catch (writeError) {
      // The store cannot take even the failure: the job stays in progress until it can.
      return retry(longestDelay, writeError);
    }
  }

  return async (jobId, attempt) => {
    await deps.checkpoint('run:started');
    const job = await jobs.findById(storage.reader, jobId);
    if (job === undefined || job.state.status !== 'InProgress' || job.target.kind !== 'image') {
      await storage.write((tx) => queue.complete(tx, SIGN_IMAGE, jobId));
      return { kind: 'done' };
    }
    const started = { job: { ...job, attempts: attempt }, target: job.target };
    try {
      await signAndPublish(deps, started);
      return { kind: 'done' };
    } catch (error) {
      return retryOrFail(started, error);
    }
  };
}

async function signAndPublish(deps: RunDeps, started: Started): Promise<void> {
  const { job, target } = started;
  const checked = checkProfile(await deps.lookups.profileVersion(versionOf(job)), profileArnOf(job));
  if (!checked.usable) return fail(deps, started, checked.failure);
  const image = await deps.images.find(deps.storage.reader, target.repositoryId, target.digest);
  if (image === undefined) return fail(deps, started, imageNotFound(target.digest));

  const { mediaType, digest, manifestSizeBytes: size } = image;
  const request = await makeSigningRequest(
    deps,
    { id: job.id, profile: checked.profile },
    { kind: 'descriptor', descriptor: { mediaType, digest, size } },
  );
  const made = await deps.maker.sign(request);
  await deps.checkpoint('run:signed');
  // Before it is published: no signature is out of which the audit does not know.
  await recordEnd(deps, started, {
    kind: 'signed',
    certificateSerial: made.serialHex,
    signedDigest: digest,
    signatureDigest: makeReferrer(made).manifest.digest,
    signatureExpiresAt: request.expiry * 1000,
  });
  const failure = await deps.storage.write((tx) => publish(deps, tx, started, made, request.expiry));
  if (failure !== undefined) await recordEnd(deps, started, { kind: 'failed', ...failure });
  await deps.checkpoint('run:committed');
}

/**
 * All that makes the signature readable and the job done, if the job, the image and the profile still stand. Gives
 * why not when they do not.
 */
async function publish(
  deps: RunDeps,
  tx: Tx,
  started: Started,
  made: MadeSignature,
  expiry: number,
): Promise<SigningFailure | undefined> {
  const { job } = started;
  const standing = await standingOf(deps, tx, started);
  switch (standing.kind) {
    case 'ended':
      await deps.queue.complete(tx, SIGN_IMAGE, job.id);
      return undefined;
    case 'broken':
      await endAsFailed(deps, tx, started, standing.status, standing.failure);
      return standing.failure;
    case 'good':
  }
  const now = deps.clock.now();
  await deps.signingClock.note(tx, made.signingTime * 1000);
  const signatureDigest = await storeSignature(deps, tx, {
    subject: standing.image,
    made,
    jobId: job.id,
    now,
  });
  await deps.statuses.put(tx, { ...standing.status, state: { status: 'COMPLETE' }, updatedAt: now });
  await deps.jobs.update(tx, {
    ...job,
    state: {
      status: 'Succeeded',
      completedAt: now,
      signatureExpiresAt: expiry * 1000,
      signedAt: made.signingTime * 1000,
      certificateSerial: made.serialHex,
      signatureDigest,
    },
  });
  await deps.queue.complete(tx, SIGN_IMAGE, job.id);
  tx.onCommit(() => deps.observe({ kind: 'succeeded', jobId: job.id, durationMs: now - job.createdAt }));
  await deps.checkpoint('run:before-commit');
  return undefined;
}

async function fail(deps: RunDeps, started: Started, failure: SigningFailure): Promise<void> {
  await recordEnd(deps, started, { kind: 'failed', ...failure });
  await deps.storage.write(async (tx) => {
    const standing = await standingOf(deps, tx, started);
    if (standing.kind === 'ended') return deps.queue.complete(tx, SIGN_IMAGE, started.job.id);
    return endAsFailed(deps, tx, started, standing.status, failure);
  });
}

async function endAsFailed(
  deps: RunDeps,
  tx: Tx,
  { job }: Started,
  status: ImageSigningStatus | undefined,
  failure: SigningFailure,
): Promise<void> {
  const now = deps.clock.now();
  await deps.jobs.update(tx, { ...job, state: { status: 'Failed', completedAt: now, failure } });
  if (status !== undefined)
    await deps.statuses.put(tx, { ...status, state: { status: 'FAILED', failure }, updatedAt: now });
  await deps.queue.complete(tx, SIGN_IMAGE, job.id);
  tx.onCommit(() => deps.observe({ kind: 'failed', jobId: job.id, ...failure }));
}

/** What a transaction finds of a job: ended by an earlier run, standing on something that is gone, or good. */
type Standing =
  | { readonly kind: 'ended' }
  | {
      readonly kind: 'broken';
      readonly status: ImageSigningStatus | undefined;
      readonly failure: SigningFailure;
    }
  | { readonly kind: 'good'; readonly status: ImageSigningStatus; readonly image: Image };

async function standingOf(deps: RunDeps, tx: Tx, { job, target }: Started): Promise<Standing> {
  const { repositoryId, digest } = target;
  const current = await deps.jobs.findById(tx, job.id);
  if (current?.state.status !== 'InProgress') return { kind: 'ended' };
  // The image may be gone, or gone and pushed again: then its status belongs to another job.
  const statuses = await deps.statuses.list(tx, repositoryId, digest);
  const status = statuses.find(({ jobId }) => jobId === job.id);
  const checked = checkProfile(await deps.lookups.profileVersionInTx(tx, versionOf(job)), profileArnOf(job));
  if (!checked.usable) return { kind: 'broken', status, failure: checked.failure };
  const image = await deps.images.find(tx, repositoryId, digest);
  if (image === undefined || status === undefined)
    return { kind: 'broken', status, failure: imageNotFound(digest) };
  return { kind: 'good', status, image };
}

async function recordEnd(
  deps: RunDeps,
  { job, target }: Started,
  outcome: SigningJobEnd['outcome'],
): Promise<void> {
  const repository = await deps.repositories.findById(deps.storage.reader, target.repositoryId);
  const event = signingEvent(
    {
      jobId: job.id,
      owner: job.owner,
      profileName: job.profileName,
      profileVersion: job.profileVersion,
      requestedBy: job.requestedBy,
      target: {
        kind: 'image',
        repositoryArn: repository && repositoryArn(repository.registry, repository.name),
        digest: target.digest,
      },
      attempts: job.attempts,
      outcome,
    },
    deps.clock.now(),
  );
  await deps.audit.record(event, 'before-answer');
}

function versionOf(job: SigningJob): ProfileVersion {
  return { owner: job.owner, name: job.profileName, version: job.profileVersion };
}

function profileArnOf(job: SigningJob): string {
  return signingProfileArn(job.owner, job.profileName);
}
