// Glossary.
// signing profile        who signs: a name in a registry, with a version, its own intermediate certificate and rules for signatures
// signing configuration  a registry's rules: which repositories' images are signed under which profiles
// signing job            one signature to be made: of an image (managed signing) or of a payload (SignPayload)
// signing status         what DescribeImageSigningStatus tells of one image and one profile
// plan                   rules to jobs, in the push's transaction
// run                    job to signature, afterwards
import type { RegistryKey } from '../../shared/arn.ts';
import type { Digest } from '../../shared/digest.ts';

/** The one platform that is offered: Notary Project signatures for container images, ECDSA P-384. */
export const NOTATION_PLATFORM = 'Notation-OCI-SHA384-ECDSA';

/** The kind of the queue's tasks: the key is a signing job's id. */
export const SIGN_IMAGE = 'sign-image';

export interface ValidityPeriod {
  readonly value: number;
  readonly type: 'DAYS' | 'MONTHS' | 'YEARS';
}

export type ProfileStatus = 'Active' | 'Canceled' | 'Revoked';

export interface SigningProfile {
  /** Account and region that own the profile. */
  readonly owner: RegistryKey;
  readonly name: string;
  /** Ten letters and digits; a profile that is put again after a cancel gets a new one. */
  readonly version: string;
  readonly platformId: string;
  readonly status: ProfileStatus;
  readonly statusReason?: string;
  readonly validity: ValidityPeriod;
  /** As put: signingScheme, envelope, revocation, leaf and whatever else the client gave. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly canceledAt?: number;
  /** Of a revoked one. */
  readonly revocation?: ProfileRevocation;
  /** Long after it was canceled: only its jobs know it still. */
  readonly isDeleted?: true;
}

export interface Revocation {
  /** Epoch ms. */
  readonly revokedAt: number;
  /** ARN of the principal. */
  readonly revokedBy: string;
  readonly reason: string;
}

export interface ProfileRevocation extends Revocation {
  /** Signatures from this time on are not to be trusted, epoch ms. */
  readonly effectiveFrom: number;
}

/** A rule as it was put; `filters` undefined means every repository. */
export interface SigningRule {
  readonly signingProfileArn: string;
  readonly repositoryFilters?: readonly { readonly filter: string; readonly filterType: 'WILDCARD_MATCH' }[];
}

export interface SigningConfiguration {
  readonly rules: readonly SigningRule[];
}

/** Codes of a FAILED status. ACCESS_DENIED is ECR's own; the others follow its style. */
export type SigningFailureCode =
  | 'ACCESS_DENIED'
  | 'SIGNING_PROFILE_NOT_FOUND'
  | 'SIGNING_PROFILE_CANCELED'
  | 'SIGNING_PROFILE_REVOKED'
  | 'SIGNING_KEY_UNAVAILABLE'
  | 'THROTTLED'
  | 'LIMIT_EXCEEDED'
  | 'IMAGE_NOT_FOUND'
  /** What became of a signature that was made: found when the status is read, never stored. */
  | 'SIGNATURE_REVOKED'
  | 'SIGNATURE_EXPIRED'
  | 'SIGNATURE_DELETED'
  | 'INTERNAL_ERROR';

/** A failure is data on the job, never an exception. `reason` names principal, action, resource and remedy. */
export interface SigningFailure {
  readonly code: SigningFailureCode;
  readonly reason: string;
}

export type SigningState =
  | { readonly status: 'IN_PROGRESS' }
  | { readonly status: 'COMPLETE' }
  | { readonly status: 'FAILED'; readonly failure: SigningFailure };

/** One image and one profile. */
export interface ImageSigningStatus {
  readonly repositoryId: number;
  readonly digest: Digest;
  readonly profileArn: string;
  /** Empty when the profile did not exist at the plan. */
  readonly profileVersion: string;
  /** Empty when the plan failed, so that no job was made. */
  readonly jobId: string;
  readonly state: SigningState;
  /** Epoch ms. */
  readonly updatedAt: number;
}

/** How a part of a signature was found gone or damaged where it is stored. */
export interface SignatureFault {
  readonly part: 'manifest' | 'envelope';
  /** `missing`, `wrong size`, `wrong content`; of its records `record missing`, `record damaged`. */
  readonly fault: string;
}

/** What is known of the signature that a status rests on, from its job's record. */
export interface SignatureRecord {
  /** Of the signature's manifest. */
  readonly digest?: Digest;
  /** The time that it names itself, epoch ms, whole seconds. */
  readonly signedAt: number;
  /** Epoch ms. */
  readonly expiresAt: number;
  readonly revocation?: Revocation;
  readonly fault?: SignatureFault;
}

/** A status as it is read: with the signature of its job, when that made one and is still known. */
export interface ListedSigningStatus extends ImageSigningStatus {
  readonly signature?: SignatureRecord;
}

export type JobTarget =
  | { readonly kind: 'image'; readonly repositoryId: number; readonly digest: Digest }
  | { readonly kind: 'payload' };

export type JobState =
  | { readonly status: 'InProgress' }
  | {
      readonly status: 'Succeeded';
      readonly completedAt: number;
      readonly signatureExpiresAt: number;
      /** The time that the signature names itself, epoch ms; unknown for payloads that were signed long ago. */
      readonly signedAt?: number;
      readonly certificateSerial: string;
      /** Digest of the signature's manifest (image jobs). */
      readonly signatureDigest?: Digest;
    }
  | { readonly status: 'Failed'; readonly completedAt: number; readonly failure: SigningFailure };

export interface SigningJob {
  /** UUID. */
  readonly id: string;
  /** Account and region of the profile. */
  readonly owner: RegistryKey;
  readonly profileName: string;
  readonly profileVersion: string;
  /** Account that asked. */
  readonly invoker: string;
  /** ARN of the principal that pushed or called. */
  readonly requestedBy: string;
  readonly target: JobTarget;
  readonly state: JobState;
  readonly attempts: number;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Of a signature that was revoked. */
  readonly revocation?: Revocation;
  readonly signatureFault?: SignatureFault;
}
