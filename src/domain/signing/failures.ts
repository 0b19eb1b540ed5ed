// What can go wrong with a signing job: the code, whether trying again can help, and the sentence that the
// user reads. The one table of retryable and permanent.
import { unreachable } from '../../shared/assert.ts';
import { KeyUnavailableError } from '../pki/index.ts';
import { SignatureMakerError, type SignatureMakerErrorCode } from './notary/index.ts';
import { CertificateNotYetValid } from './signing-time.ts';
import type { SigningFailure, SigningFailureCode, SigningProfile } from './types.ts';

/** How a fault of one attempt is treated. */
export interface Fault {
  readonly failure: SigningFailure;
  readonly retryable: boolean;
}

const makerFaults: Readonly<
  Record<SignatureMakerErrorCode, { readonly code: SigningFailureCode; readonly retryable: boolean }>
> = {
  INVALID_REQUEST: { code: 'INTERNAL_ERROR', retryable: false },
  KEY_UNAVAILABLE: { code: 'SIGNING_KEY_UNAVAILABLE', retryable: true },
  SELF_CHECK_FAILED: { code: 'INTERNAL_ERROR', retryable: true },
  OVERLOADED: { code: 'THROTTLED', retryable: true },
  WORKER_CRASHED: { code: 'INTERNAL_ERROR', retryable: true },
  CLOSED: { code: 'INTERNAL_ERROR', retryable: true },
  INTERNAL: { code: 'INTERNAL_ERROR', retryable: true },
};

/** Judges what an attempt threw. Unknown errors are retried: they are a store that cannot write now, at most. */
export function faultOf(error: unknown, profileArn: string): Fault {
  if (error instanceof SignatureMakerError) {
    const { code, retryable } = makerFaults[error.code];
    return { failure: { code, reason: makerReason(code, error, profileArn) }, retryable };
  }
  if (error instanceof CertificateNotYetValid)
    return { failure: notYetValid(profileArn, error.notBefore), retryable: false };
  if (error instanceof KeyUnavailableError) return { failure: keyUnavailable(profileArn), retryable: true };
  return { failure: internal(profileArn), retryable: true };
}

function makerReason(code: SigningFailureCode, error: SignatureMakerError, profileArn: string): string {
  if (code === 'SIGNING_KEY_UNAVAILABLE') return keyUnavailable(profileArn).reason;
  if (code === 'THROTTLED')
    return `The server had no capacity to sign under ${profileArn} for too long. Push the image again when the load is lower.`;
  if (error.code === 'INVALID_REQUEST')
    return `The image cannot be signed under ${profileArn}: ${error.message}`;
  return internal(profileArn).reason;
}

function keyUnavailable(profileArn: string): SigningFailure {
  return {
    code: 'SIGNING_KEY_UNAVAILABLE',
    reason: `The signing key of ${profileArn} could not be used. Check the server's master key, then push the image again.`,
  };
}

function notYetValid(profileArn: string, notBefore: number): SigningFailure {
  return {
    code: 'SIGNING_KEY_UNAVAILABLE',
    reason: `The certificates of ${profileArn} begin at ${new Date(notBefore).toISOString()}, later than now: they were made while the server's clock was ahead. Cancel the profile and put it again for a new version, then push the image again.`,
  };
}

function internal(profileArn: string): SigningFailure {
  return {
    code: 'INTERNAL_ERROR',
    reason: `Signing under ${profileArn} failed inside the server; its log has the details. Push the image again to sign it.`,
  };
}

export type ProfileCheck =
  | { readonly usable: true; readonly profile: SigningProfile }
  | { readonly usable: false; readonly failure: SigningFailure };

/** Whether this profile can sign now, and why not. */
export function checkProfile(profile: SigningProfile | undefined, profileArn: string): ProfileCheck {
  if (profile === undefined || profile.isDeleted === true)
    return refuse(
      'SIGNING_PROFILE_NOT_FOUND',
      `The signing profile ${profileArn} does not exist. Create it with PutSigningProfile, then push the image again.`,
    );
  switch (profile.status) {
    case 'Active':
      return { usable: true, profile };
    case 'Canceled':
      return refuse(
        'SIGNING_PROFILE_CANCELED',
        `The signing profile ${profileArn}, version ${profile.version}, is canceled. Put the profile again for a new version, or name another one in the signing configuration, then push the image again.`,
      );
    case 'Revoked':
      return refuse(
        'SIGNING_PROFILE_REVOKED',
        `The signing profile ${profileArn}, version ${profile.version}, is revoked. Put the profile again for a new version, or name another one in the signing configuration, then push the image again.`,
      );
    default:
      return unreachable(profile.status);
  }
}

function refuse(code: SigningFailureCode, reason: string): ProfileCheck {
  return { usable: false, failure: { code, reason } };
}

/** `denial`: IAM's sentence, which names principal, action and resource. */
export function accessDenied(
  denial: string,
  action: string,
  resource: string,
  profileArn: string,
): SigningFailure {
  return {
    code: 'ACCESS_DENIED',
    reason: `${denial}. Signing under ${profileArn} needs it: allow ${action} on ${resource} for the principal that pushes, then push the image again.`,
  };
}

export function imageNotFound(digest: string): SigningFailure {
  return {
    code: 'IMAGE_NOT_FOUND',
    reason: `The image ${digest} was deleted before it was signed. Push it again to sign it.`,
  };
}
