// The signing area as its surfaces see it: one function for each thing that a client can ask for. Every
// function throws DomainError; authorization of API calls happened before (http). What a push asks for is
// checked here, in the plan.
import type { RegistryKey } from '../../shared/arn.ts';
import type { Digest } from '../../shared/digest.ts';
import type { Caller, Principal, ResourceArea } from '../access/index.ts';
import type {
  AfterImageStored,
  Image,
  ImageId,
  ManagedSignatures,
  RepositoryName,
} from '../registry/index.ts';
import type { Page } from '../storage.ts';
import type { OldJobs } from './old-jobs.ts';
import type { PlannedProfile } from './plan-jobs.ts';
import type { JobKey, ProfileKey, TaskOutcome } from './ports.ts';
import type {
  ImageSigningStatus,
  JobState,
  ProfileStatus,
  SigningConfiguration,
  SigningJob,
  SigningProfile,
} from './types.ts';
import type { GivenValidity } from './validity.ts';

export interface ConfigurationDoor {
  /** Throws SigningConfigurationNotFound. */
  get(registry: RegistryKey): Promise<SigningConfiguration>;
  /** Replaces the whole document. Throws Validation naming the rule that cannot be. */
  put(registry: RegistryKey, configuration: SigningConfiguration): Promise<SigningConfiguration>;
  /** Gives what was deleted. Throws SigningConfigurationNotFound. */
  delete(registry: RegistryKey): Promise<SigningConfiguration>;
}

export interface PutProfile {
  readonly owner: RegistryKey;
  readonly name: string;
  readonly platformId: string;
  readonly validity?: GivenValidity | undefined;
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** What other platforms take; refused here, because it would have no effect. */
  readonly signingMaterial?: object | undefined;
  readonly overrides?: object | undefined;
}

export interface ProfilesDoor {
  /**
   * Creates a profile with its own intermediate certificate. The same again gives the version that there is;
   * something else under an active name throws Validation; a canceled name gets a new version.
   */
  put(input: PutProfile): Promise<SigningProfile>;
  /** The newest version. Throws SigningProfileNotFound. */
  get(owner: RegistryKey, name: string): Promise<SigningProfile>;
  list(
    owner: RegistryKey,
    query: {
      readonly statuses: readonly ProfileStatus[];
      readonly platformId?: string | undefined;
      readonly after?: ProfileKey | undefined;
      readonly limit: number;
    },
  ): Promise<Page<SigningProfile, ProfileKey>>;
  /** No new jobs from now on; signatures that exist stay valid. Canceling twice changes nothing. */
  cancel(owner: RegistryKey, name: string): Promise<SigningProfile>;
  /** Deletes up to so many versions that were canceled two years ago; gives how many. */
  deleteCanceled(limit: number): Promise<number>;
  /** Tags of the profile, by its ARN. Throws InvalidParameter for another kind of ARN, ResourceNotFound. */
  listTags(caller: RegistryKey, resourceArn: string): Promise<Readonly<Record<string, string>>>;
  /** Throws TooManyTags beyond 50. */
  tag(caller: RegistryKey, resourceArn: string, tags: Readonly<Record<string, string>>): Promise<void>;
  untag(caller: RegistryKey, resourceArn: string, keys: readonly string[]): Promise<void>;
}

/** One thing that an account or a role may do with a profile. */
export interface ProfilePermission {
  readonly statementId: string;
  /** `signer:SignPayload`, … */
  readonly action: string;
  /** An account number, or the ARN of a role. */
  readonly principal: string;
  /** Only while the profile is at this version. */
  readonly profileVersion?: string;
}

export interface PermissionsDoor {
  /**
   * Gives the new revision. `revision`: the one that the change is based on, if the caller says so. Throws
   * SigningProfileNotFound, Validation, MalformedPolicy, Conflict (revision, statement id), LimitExceeded.
   */
  add(
    owner: RegistryKey,
    profileName: string,
    permission: ProfilePermission,
    revision: string | undefined,
  ): Promise<string>;
  /** Gives the new revision, undefined when none is left. Throws ProfilePermissionNotFound, Conflict. */
  remove(
    owner: RegistryKey,
    profileName: string,
    statementId: string,
    revision: string,
  ): Promise<string | undefined>;
  list(
    owner: RegistryKey,
    profileName: string,
  ): Promise<{
    readonly revision?: string;
    readonly permissions: readonly ProfilePermission[];
    readonly policySizeBytes: number;
  }>;
}

export interface SigningPlatform {
  readonly platformId: string;
  readonly displayName: string;
  readonly partner: string;
  readonly target: string;
}

export interface PlatformsDoor {
  list(query: {
    readonly partner?: string | undefined;
    readonly target?: string | undefined;
  }): readonly SigningPlatform[];
  /** Throws SigningPlatformNotFound. */
  get(platformId: string): SigningPlatform;
}

export interface RevocationDoor {
  /**
   * Revokes a profile version from a time on (epoch ms, not in the future); again only with an earlier one. Throws
   * SigningProfileNotFound, Validation.
   */
  profile(input: {
    readonly owner: RegistryKey;
    readonly name: string;
    readonly version: string;
    readonly reason: string;
    readonly effectiveFrom: number;
    /** ARN of the principal. */
    readonly revokedBy: string;
  }): Promise<void>;
  /** Revokes the signature that a job made; again changes nothing. Throws SigningJobNotFound, Validation. */
  signature(input: {
    readonly owner: RegistryKey;
    readonly jobId: string;
    readonly reason: string;
    readonly revokedBy: string;
  }): Promise<void>;
  /** Which of the two ARNs are revoked for a signature of that time (epoch ms). Throws Validation. */
  status(input: {
    readonly platformId: string;
    readonly profileVersionArn: string;
    readonly jobArn: string;
    readonly signedAt: number;
  }): Promise<readonly string[]>;
}

export interface JobsDoor {
  /** The job and the profile version that it ran under. Throws SigningJobNotFound. */
  describe(owner: RegistryKey, jobId: string): Promise<{ job: SigningJob; profile: SigningProfile }>;
  /**
   * Signs an object in S3, which the platform of container images cannot: throws SigningProfileNotFound, else
   * Validation.
   */
  startOnObject(owner: RegistryKey, profileName: string): Promise<never>;
  list(
    owner: RegistryKey,
    query: {
      readonly status?: JobState['status'] | undefined;
      readonly platformId?: string | undefined;
      readonly requestedBy?: string | undefined;
      readonly invoker?: string | undefined;
      readonly isRevoked?: boolean | undefined;
      /** Epoch ms. */
      readonly expiresBefore?: number | undefined;
      readonly expiresAfter?: number | undefined;
      readonly after?: JobKey | undefined;
      readonly limit: number;
    },
  ): Promise<Page<SigningJob, JobKey>>;
}

export interface SignPayload {
  readonly owner: RegistryKey;
  readonly profileName: string;
  /** A Notary Project payload, exactly as it is to be signed. */
  readonly payload: Uint8Array;
  readonly payloadFormat: string;
  readonly principal: Principal;
}

export interface SignedPayload {
  readonly jobId: string;
  readonly jobOwner: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** The whole envelope, JWS. */
  readonly envelope: Uint8Array;
}

export interface SignImage extends RepositoryName {
  readonly id: ImageId;
  readonly caller: Caller;
  /** Also what was revoked by RevokeSignature. */
  readonly again: boolean;
  /** Writes nothing. */
  readonly isRehearsal: boolean;
}

export interface SignedImage {
  readonly image: Image;
  /** For each profile that is to sign it; none for what is never signed. */
  readonly profiles: readonly PlannedProfile[];
  /** Of an index: the images that it lists, which are signed by themselves. */
  readonly children: readonly Digest[];
}

/** What happens to jobs, for logs and metrics. */
export type SigningEvent =
  | { readonly kind: 'planned' }
  | { readonly kind: 'succeeded'; readonly jobId: string; readonly durationMs: number }
  | { readonly kind: 'failed'; readonly jobId?: string; readonly code: string; readonly reason: string }
  | {
      readonly kind: 'retrying';
      readonly jobId: string;
      readonly attempt: number;
      readonly delayMs: number;
      readonly error: unknown;
    };

export interface TrustDoor {
  /** Makes the account's root when it is not there yet. */
  ensureRoot(accountId: string): Promise<void>;
  /** The account's root certificate, PEM, or undefined when there is none. */
  rootPem(accountId: string): Promise<string | undefined>;
  /** Text of a trustpolicy.json (level strict) for the account's signatures; undefined when there is no root. */
  policy(accountId: string): Promise<string | undefined>;
}

export interface Signing {
  readonly configuration: ConfigurationDoor;
  readonly profiles: ProfilesDoor;
  readonly permissions: PermissionsDoor;
  readonly platforms: PlatformsDoor;
  readonly jobs: JobsDoor;
  readonly oldJobs: OldJobs;
  readonly revocation: RevocationDoor;
  readonly trust: TrustDoor;
  /**
   * Throws SigningProfileNotFound, Validation (payload, format, canceled profile), Throttled when the signing
   * pool is full.
   */
  signPayload(input: SignPayload): Promise<SignedPayload>;
  /**
   * Plans what the rules want signed and what has no good signature, as a push of the image would, with the caller's
   * rights. Throws RepositoryNotFound, ImageNotFound.
   */
  signImage(input: SignImage): Promise<SignedImage>;
  /**
   * One entry for each profile that was to sign the image, by profile ARN, as good as its signature is now. Throws
   * ImageNotFound.
   */
  status(
    name: RepositoryName,
    id: ImageId,
  ): Promise<{ readonly image: Image; readonly statuses: readonly ImageSigningStatus[] }>;
  /** For decisions about who may use a profile. */
  readonly resourceArea: ResourceArea;
  /** The registry's hook: writes statuses, jobs and tasks in the push's transaction. */
  readonly planJobs: AfterImageStored;
  /** What the registry asks before it deletes a signature, and tells of what it finds. */
  readonly managedSignatures: ManagedSignatures;
  /** To be called when the sealed keys were sealed again under another master key. */
  keysWereResealed(): void;
  /** Works on one job; at-least-once delivery is enough. `attempt` is 1 at the first delivery. */
  runJob(jobId: string, attempt: number): Promise<TaskOutcome>;
}
