// SignPayload: the caller's Notary Project payload signed at once, with the attributes that AWS's notation
// plugin looks for. The job is recorded before the signature leaves the process.
import { randomUUID } from 'node:crypto';
import { signingJobArn, signingProfileArn, signingProfileVersionArn } from '../../shared/arn.ts';
import type { Clock } from '../../shared/clock.ts';
import { makeInFlight } from '../../shared/in-flight.ts';
import { NOTARY_PAYLOAD } from '../../shared/media-types.ts';
import { lastingIdOf } from '../access/index.ts';
import { type AuditTrail, type SigningJobEnd, signingEvent } from '../audit/index.ts';
import { DomainError, isDomainError } from '../errors.ts';
import type { Storage } from '../storage.ts';
import { faultOf } from './failures.ts';
import { type SignatureMaker, SignatureMakerError } from './notary/index.ts';
import type { SigningJobs, SigningProfiles } from './ports.ts';
import { profileNotFound } from './profiles.ts';
import type { SignedPayload, Signing, SigningEvent, SignPayload } from './signing.ts';
import type { SigningClock } from './signing-clock.ts';
import { makeSigningRequest, type RequestDeps } from './signing-request.ts';
import { CertificateNotYetValid } from './signing-time.ts';
import type { JobState, SigningJob, SigningProfile } from './types.ts';

/** Signatures of one principal that are made or wait to be made: the workers have time for the others too. */
const MAX_UNDER_WAY = 64;

export interface SignPayloadDeps extends RequestDeps {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly signingClock: SigningClock;
  readonly jobs: SigningJobs;
  readonly profiles: SigningProfiles;
  readonly maker: SignatureMaker;
  readonly audit: AuditTrail;
  readonly observe: (event: SigningEvent) => void;
}

export function makeSignPayload(deps: SignPayloadDeps): Signing['signPayload'] {
  const { storage, clock, observe } = deps;
  const underWay = makeInFlight(MAX_UNDER_WAY);

  /**
   * Records how the job ended, in the audit first: no signature leaves of which it does not know. The job has no other
   * state: nobody can see a payload's job before it ends.
   */
  async function record(
    started: Omit<SigningJob, 'state'>,
    state: JobState,
    outcome: SigningJobEnd['outcome'],
  ): Promise<void> {
    const { id: jobId, owner, profileName, profileVersion, requestedBy, attempts } = started;
    const target = { kind: 'payload' } as const;
    const end = { jobId, owner, profileName, profileVersion, requestedBy, target, attempts, outcome };
    await deps.audit.record(signingEvent(end, clock.now()), 'before-answer');
    await storage.write(async (tx) => {
      if (state.status === 'Succeeded' && state.signedAt !== undefined)
        await deps.signingClock.note(tx, state.signedAt);
      await deps.jobs.insert(tx, { ...started, state });
    });
  }

  async function failed(started: Omit<SigningJob, 'state'>, error: unknown): Promise<never> {
    if (isDomainError(error, 'ClockBehind')) throw error;
    if (error instanceof SignatureMakerError && error.code === 'INVALID_REQUEST')
      throw new DomainError(
        'Validation',
        `The payload cannot be signed: ${error.message}`,
        {},
        { cause: error },
      );
    if (error instanceof SignatureMakerError && (error.code === 'OVERLOADED' || error.code === 'CLOSED'))
      throw new DomainError(
        'Throttled',
        'Too many signatures are being made; try again later.',
        {},
        { cause: error },
      );
    const { failure } = faultOf(error, signingProfileArn(started.owner, started.profileName));
    const state: JobState = { status: 'Failed', completedAt: clock.now(), failure };
    await record(started, state, { kind: 'failed', ...failure });
    observe({ kind: 'failed', jobId: started.id, ...failure });
    if (error instanceof CertificateNotYetValid)
      throw new DomainError('Validation', failure.reason, {}, { cause: error });
    throw error;
  }

  return async (input) => {
    using place = underWay.begin(lastingIdOf(input.principal));
    if (place === undefined)
      throw new DomainError(
        'Throttled',
        `You have ${MAX_UNDER_WAY} signatures under way; try again later.`,
        {},
      );
    const profile = await usableProfile(deps, input);
    const { owner, name, version } = profile;
    const id = randomUUID();
    const createdAt = clock.now();
    const started: Omit<SigningJob, 'state'> = {
      id,
      owner,
      profileName: name,
      profileVersion: version,
      invoker: input.principal.accountId,
      requestedBy: input.principal.arn,
      target: { kind: 'payload' },
      attempts: 1,
      createdAt,
    };
    const attributes = {
      verificationPlugin: 'com.amazonaws.signer.notation.plugin',
      signingProfileVersion: signingProfileVersionArn(owner, name, version),
      signingJob: signingJobArn(owner, id),
    } as const;
    const subject = { kind: 'payload', bytes: input.payload } as const;
    let made: Awaited<ReturnType<SignatureMaker['sign']>>;
    let expiry: number;
    try {
      const request = await makeSigningRequest(deps, { id, profile }, subject, attributes);
      expiry = request.expiry;
      made = await deps.maker.sign(request);
    } catch (error) {
      return await failed(started, error);
    }
    // It may have been canceled or revoked meanwhile: the signature is thrown away then, nobody has seen it.
    refuseUnusable(await deps.profiles.findVersion(storage.reader, owner, name, version), input);
    const completedAt = clock.now();
    const facts = { signatureExpiresAt: expiry * 1000, certificateSerial: made.serialHex };
    await record(
      started,
      { status: 'Succeeded', completedAt, signedAt: made.signingTime * 1000, ...facts },
      { kind: 'signed', signedDigest: made.target.digest, ...facts },
    );
    observe({ kind: 'succeeded', jobId: id, durationMs: completedAt - createdAt });
    return {
      jobId: id,
      jobOwner: owner.accountId,
      metadata: {
        'com.amazonaws.signer.signingProfileVersion': attributes.signingProfileVersion,
        'com.amazonaws.signer.signingJob': attributes.signingJob,
      },
      envelope: made.envelope,
    } satisfies SignedPayload;
  };
}

async function usableProfile(deps: SignPayloadDeps, input: SignPayload): Promise<SigningProfile> {
  if (input.payloadFormat !== NOTARY_PAYLOAD)
    throw new DomainError(
      'Validation',
      `The payload format '${input.payloadFormat}' is not offered. Use ${NOTARY_PAYLOAD}.`,
      {},
    );
  return refuseUnusable(await deps.profiles.find(deps.storage.reader, input.owner, input.profileName), input);
}

function refuseUnusable(profile: SigningProfile | undefined, input: SignPayload): SigningProfile {
  if (profile === undefined) throw profileNotFound(input.profileName, input.owner);
  if (profile.status !== 'Active')
    throw new DomainError(
      'Validation',
      `The signing profile '${input.profileName}' cannot sign: its status is ${profile.status}.`,
      {},
    );
  return profile;
}
