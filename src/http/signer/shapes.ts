// Profiles, jobs and platforms as the Signer API spells them.

import type { SigningJob, SigningPlatform, SigningProfile } from '../../domain/signing/index.ts';
import { signingProfileArn, signingProfileVersionArn } from '../../shared/arn.ts';
import type * as wire from './generated/types.ts';

const displayName = 'Notation for container registries';

export function profileShape(
  profile: SigningProfile,
  tags: Readonly<Record<string, string>>,
): wire.SigningProfile {
  const { owner, name, version, parameters } = profile;
  return {
    profileName: name,
    profileVersion: version,
    profileVersionArn: signingProfileVersionArn(owner, name, version),
    platformId: profile.platformId,
    platformDisplayName: displayName,
    signatureValidityPeriod: profile.validity,
    ...(Object.keys(parameters).length === 0 ? {} : { signingParameters: parameters }),
    status: profile.status,
    arn: signingProfileArn(owner, name),
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
  };
}

export function jobShape(job: SigningJob): wire.SigningJob {
  const { state } = job;
  return {
    jobId: job.id,
    createdAt: job.createdAt,
    status: state.status,
    isRevoked: job.revocation !== undefined,
    profileName: job.profileName,
    profileVersion: job.profileVersion,
    platformId: 'Notation-OCI-SHA384-ECDSA',
    platformDisplayName: displayName,
    ...(state.status === 'Succeeded' ? { signatureExpiresAt: state.signatureExpiresAt } : {}),
    jobOwner: job.owner.accountId,
    jobInvoker: job.invoker,
  };
}

export function platformShape(platform: SigningPlatform): wire.SigningPlatform {
  const { platformId, displayName, partner, target } = platform;
  // The model's `category` and `signingConfiguration` have no value for this platform.
  return { platformId, displayName, partner, target, revocationSupported: true };
}
