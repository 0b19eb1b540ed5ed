// What became of a signature since it was made: the status of its image rests on that. Judged from records alone; a
// verifier judges the envelope itself.
import type { Digest } from '../../shared/digest.ts';
import type {
  ProfileRevocation,
  Revocation,
  SignatureFault,
  SignatureRecord,
  SigningFailure,
  SigningJob,
  SigningProfile,
} from './types.ts';

export type SignatureState =
  | { readonly kind: 'valid' }
  /** This one was revoked, by its job: somebody judged it. */
  | { readonly kind: 'revoked'; readonly revocation: Revocation }
  /** Its profile version was. */
  | { readonly kind: 'version-revoked'; readonly revocation: ProfileRevocation }
  | { readonly kind: 'expired'; readonly at: number }
  /** It cannot be read: it was found gone or damaged, or nothing is known of it any more. */
  | { readonly kind: 'lost'; readonly fault: SignatureFault | undefined };

/** `signature` undefined: nothing is known of it any more. `version`: the profile version that it was made under. */
export function signatureState(
  signature: SignatureRecord | undefined,
  version: SigningProfile | undefined,
  now: number,
): SignatureState {
  if (signature === undefined) return { kind: 'lost', fault: undefined };
  const { revocation, fault, signedAt, expiresAt } = signature;
  if (revocation !== undefined) return { kind: 'revoked', revocation };
  if (version?.revocation !== undefined && reaches(version.revocation, version, signedAt))
    return { kind: 'version-revoked', revocation: version.revocation };
  if (fault !== undefined) return { kind: 'lost', fault };
  // A verifier takes it up to the second before (notation-go, verifyExpiry).
  return now >= expiresAt ? { kind: 'expired', at: expiresAt } : { kind: 'valid' };
}

/**
 * Verifiers honour the effective time of a revocation only where a signing authority vouches for the time of signing;
 * else the version's certificate is revoked for all that it signed (signature-specification.md, Certificate Revocation
 * Evaluation; notation-core-go, revocation).
 */
function reaches(
  { effectiveFrom }: ProfileRevocation,
  { parameters }: SigningProfile,
  signedAt: number,
): boolean {
  return parameters['signingScheme'] === 'notary.x509' || signedAt >= effectiveFrom;
}

/** What a job's record says of its signature; undefined when it made none. */
export function signatureOf({ state, revocation, signatureFault }: SigningJob): SignatureRecord | undefined {
  if (state.status !== 'Succeeded') return undefined;
  return {
    ...(state.signatureDigest === undefined ? {} : { digest: state.signatureDigest }),
    // A job ends after its signature was made: without its own time it is taken for later, never for earlier.
    signedAt: state.signedAt ?? state.completedAt,
    expiresAt: state.signatureExpiresAt,
    ...(revocation === undefined ? {} : { revocation }),
    ...(signatureFault === undefined ? {} : { fault: signatureFault }),
  };
}

/** The status of an image whose signature is not good any more, with who may do what about it. */
export function failureOf(
  state: Exclude<SignatureState, { kind: 'valid' }>,
  { digest, profileArn, profileVersion }: { digest: Digest; profileArn: string; profileVersion: string },
): SigningFailure {
  const signature = `The signature of ${digest} under ${profileArn}`;
  switch (state.kind) {
    case 'revoked': {
      const { revokedBy, revokedAt, reason } = state.revocation;
      return {
        code: 'SIGNATURE_REVOKED',
        reason: `${signature} was revoked by ${revokedBy} at ${time(revokedAt)}: ${sentence(reason)} A push does not sign the image again; sealport sign --again does.`,
      };
    }
    case 'version-revoked': {
      const { revokedBy, effectiveFrom, reason } = state.revocation;
      return {
        code: 'SIGNATURE_REVOKED',
        reason: `${signature} is revoked with the profile's version ${profileVersion}, by ${revokedBy} with effect from ${time(effectiveFrom)}: ${sentence(reason)} Put the profile again for a new version, then push the image again.`,
      };
    }
    case 'expired':
      return {
        code: 'SIGNATURE_EXPIRED',
        reason: `${signature} expired at ${time(state.at)}. Push the image again to sign it.`,
      };
    case 'lost':
      return {
        code: 'SIGNATURE_DELETED',
        reason: `${signature} cannot be read any more: ${lossOf(state.fault)} Push the image again to sign it.`,
      };
  }
}

function lossOf(fault: SignatureFault | undefined): string {
  if (fault === undefined) return 'the record of its signing job is gone.';
  if (fault.fault === 'record missing') return `the record of its ${fault.part} is gone.`;
  return `its ${fault.part} was found ${fault.fault === 'missing' ? 'missing' : `damaged (${fault.fault})`}.`;
}

const time = (ms: number): string => new Date(ms).toISOString();

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
