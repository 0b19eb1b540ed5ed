// Revocation: of a profile version from a point in time on, of one signature by its job; and what became of them, for
// verifiers that ask. It cannot be taken back. Certificates say nothing of it: they are issued without addresses of
// revocation lists so far.
// Source: AWS Signer developer guide, "Revoke a signature", "Revoke a signing profile".
import { type RegistryKey, signingJobArn, signingProfileVersionArn } from '../../shared/arn.ts';
import { DomainError } from '../errors.ts';
import type { Storage } from '../storage.ts';
import type { Lookups } from './lookups.ts';
import type { SigningJobs, SigningProfiles } from './ports.ts';
import { signerArn } from './profile-arn.ts';
import { profileNotFound, validation } from './profiles.ts';
import type { RevocationDoor } from './signing.ts';
import type { SigningClock } from './signing-clock.ts';
import { NOTATION_PLATFORM } from './types.ts';

const PROFILE_VERSION = /^\/signing-profiles\/([a-zA-Z0-9_]{2,64})\/([a-zA-Z0-9]{10})$/;
const JOB = /^\/signing-jobs\/([a-zA-Z0-9-]{1,64})$/;

export function makeRevocation(deps: {
  readonly storage: Storage;
  readonly clock: SigningClock;
  readonly profiles: SigningProfiles;
  readonly jobs: SigningJobs;
  readonly lookups: Lookups;
}): RevocationDoor {
  const { storage, clock, profiles, jobs, lookups } = deps;
  const { reader } = storage;

  return {
    profile: ({ owner, name, version, reason, effectiveFrom: asked, revokedBy }) =>
      storage.write(async (tx) => {
        // Signatures tell their time in whole seconds: what was made within this one is meant too.
        const effectiveFrom = Math.floor(asked / 1000) * 1000;
        const found = await profiles.findVersion(tx, owner, name, version);
        if (found === undefined || found.isDeleted === true) throw profileNotFound(name, owner);
        const now = clock.now();
        await clock.note(tx, now);
        if (effectiveFrom > now)
          throw validation('The effective time of a revocation lies in the past or is now.');
        const before = found.revocation?.effectiveFrom;
        if (before === effectiveFrom) return;
        if (before !== undefined && before < effectiveFrom)
          throw validation(
            `The signing profile '${name}', version ${version}, is revoked from ${new Date(before).toISOString()} on; that can only be made earlier.`,
          );
        await profiles.revoke(tx, found, { reason, revokedBy, revokedAt: now, effectiveFrom });
        lookups.profileChanged(tx, found);
      }),

    signature: ({ owner, jobId, reason, revokedBy }) =>
      storage.write(async (tx) => {
        const job = await jobs.find(tx, owner, jobId);
        if (job === undefined)
          throw new DomainError('SigningJobNotFound', `The signing job '${jobId}' does not exist.`, {});
        if (job.revocation !== undefined) return;
        if (job.state.status !== 'Succeeded')
          throw validation(`The signing job '${jobId}' made no signature that could be revoked.`);
        const revokedAt = clock.now();
        await clock.note(tx, revokedAt);
        await jobs.revoke(tx, job, { reason, revokedBy, revokedAt });
      }),

    async status({ platformId, profileVersionArn, jobArn, signedAt }) {
      if (platformId !== NOTATION_PLATFORM)
        throw validation(`The signing platform '${platformId}' is not offered. Use ${NOTATION_PLATFORM}.`);
      const [profileOwner, name = '', version = ''] = named(profileVersionArn, PROFILE_VERSION);
      const [jobOwner, jobId = ''] = named(jobArn, JOB);
      const profile = await profiles.findVersion(reader, profileOwner, name, version);
      const job = await jobs.find(reader, jobOwner, jobId);
      // What is not known is not vouched for.
      if (profile === undefined) throw validation(`The signing profile ${profileVersionArn} does not exist.`);
      if (job === undefined) throw validation(`The signing job ${jobArn} does not exist.`);
      const revoked: string[] = [];
      const from = profile.revocation?.effectiveFrom;
      if (from !== undefined && signedAt >= from)
        revoked.push(signingProfileVersionArn(profileOwner, name, version));
      if (job.revocation !== undefined) revoked.push(signingJobArn(jobOwner, jobId));
      return revoked;
    },
  };
}

/** Throws Validation. */
function named(arn: string, pattern: RegExp): readonly [RegistryKey, ...string[]] {
  const found = signerArn(arn, pattern);
  if (found === undefined)
    throw validation(
      `'${arn.slice(0, 200)}' is not the ARN of a signing profile's version or of a signing job.`,
    );
  return [found.owner, ...found.parts];
}
