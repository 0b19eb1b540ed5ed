// What signing needs of its store and of the queue, by role.
import type { RegistryKey } from '../../shared/arn.ts';
import type { Digest } from '../../shared/digest.ts';
import type { Page, Reader, Tx } from '../storage.ts';
import type {
  ImageSigningStatus,
  ListedSigningStatus,
  ProfileRevocation,
  ProfileStatus,
  Revocation,
  SigningConfiguration,
  SigningJob,
  SigningProfile,
} from './types.ts';

export interface SigningConfigurations {
  find(on: Reader, registry: RegistryKey): Promise<SigningConfiguration | undefined>;
  put(tx: Tx, registry: RegistryKey, configuration: SigningConfiguration, at: number): Promise<void>;
  /** false when there was none. */
  delete(tx: Tx, registry: RegistryKey): Promise<boolean>;
}

/** Key of one profile version in a paged list. */
export interface ProfileKey {
  readonly name: string;
  readonly version: string;
}

export interface SigningProfiles {
  /** The newest version of the name that is not deleted. */
  find(on: Reader, owner: RegistryKey, name: string): Promise<SigningProfile | undefined>;
  /** Deleted ones too. */
  findVersion(
    on: Reader,
    owner: RegistryKey,
    name: string,
    version: string,
  ): Promise<SigningProfile | undefined>;
  /** By name, then version. */
  list(
    on: Reader,
    owner: RegistryKey,
    query: {
      readonly statuses: readonly ProfileStatus[];
      readonly platformId?: string | undefined;
      readonly after?: ProfileKey | undefined;
      readonly limit: number;
    },
  ): Promise<Page<SigningProfile, ProfileKey>>;
  /** Versions of all owners that were canceled before that time (epoch ms). */
  canceledBefore(on: Reader, before: number, limit: number): Promise<readonly SigningProfile[]>;
  insert(tx: Tx, profile: SigningProfile): Promise<void>;
  /** Replaces status, reason and cancel time. */
  update(tx: Tx, profile: SigningProfile): Promise<void>;
  /** Turns a version to Revoked, or replaces what is known of its revocation. */
  revoke(tx: Tx, profile: SigningProfile, revocation: ProfileRevocation): Promise<void>;
  /** From then on only `findVersion` gives it. */
  delete(tx: Tx, profile: SigningProfile): Promise<void>;
}

/** Key of one job in a paged list: newest first. */
export interface JobKey {
  readonly createdAt: number;
  readonly id: string;
}

export interface SigningJobs {
  find(on: Reader, owner: RegistryKey, jobId: string): Promise<SigningJob | undefined>;
  /** Of any owner: for the queue's worker only. */
  findById(on: Reader, jobId: string): Promise<SigningJob | undefined>;
  list(
    on: Reader,
    owner: RegistryKey,
    query: {
      readonly status?: SigningJob['state']['status'] | undefined;
      readonly requestedBy?: string | undefined;
      readonly invoker?: string | undefined;
      readonly isRevoked?: boolean | undefined;
      readonly expiresBefore?: number | undefined;
      readonly expiresAfter?: number | undefined;
      readonly after?: JobKey | undefined;
      readonly limit: number;
    },
  ): Promise<Page<SigningJob, JobKey>>;
  insert(tx: Tx, job: SigningJob): Promise<void>;
  update(tx: Tx, job: SigningJob): Promise<void>;
  revoke(tx: Tx, job: SigningJob, revocation: Revocation): Promise<void>;
  /** Ids of the jobs whose signatures have this blob as their envelope; of the envelopes that the server made only. */
  ofEnvelope(on: Reader, digest: Digest): Promise<readonly string[]>;
  /** Writes down how a part of the job's signature was found gone or damaged; undefined: it is whole. */
  setFault(tx: Tx, jobId: string, part: 'manifest' | 'envelope', fault: string | undefined): Promise<void>;
}

/** For the retention of finished jobs. */
export interface OldSigningJobs {
  /**
   * Some of all jobs, by id: how many were looked at, and which of them may be old. `next`: where to go on, undefined
   * at the end. Times in epoch ms.
   */
  page(
    on: Reader,
    query: {
      readonly after: string;
      readonly completedBefore: number;
      readonly expiredBefore: number;
      readonly limit: number;
    },
  ): Promise<{ readonly looked: number; readonly ids: readonly string[]; readonly next?: string }>;
  /** Removes the job if it is old, was not revoked, and nothing that is stored rests on it. */
  remove(
    tx: Tx,
    jobId: string,
    age: { readonly completedBefore: number; readonly expiredBefore: number },
  ): Promise<boolean>;
}

/** Key of one status in a walk through all of them. */
export interface StatusKey {
  readonly repositoryId: number;
  readonly digest: Digest;
  readonly profileArn: string;
}

export interface ImageSigningStatuses {
  /** All entries of all images, by key, each as `list` gives it. */
  page(
    on: Reader,
    query: { readonly after?: StatusKey; readonly limit: number },
  ): Promise<Page<ListedSigningStatus, StatusKey>>;
  /** All entries of one image, by profile ARN, each with what its job's record says of its signature. */
  list(on: Reader, repositoryId: number, digest: Digest): Promise<readonly ListedSigningStatus[]>;
  put(tx: Tx, status: ImageSigningStatus): Promise<void>;
}

/** A certificate with its sealed key: the account's root, a profile version's intermediate or its shared leaf. */
export interface AuthorityRecord {
  /** `root`, `profile/<region>/<name>/<version>` or `leaf/<region>/<name>/<version>`, unique in the account. */
  readonly scope: string;
  readonly accountId: string;
  readonly certificateDer: Uint8Array;
  readonly keyId: string;
  readonly keyKind: string;
  readonly keySealed: Uint8Array;
  readonly keyPublic: Uint8Array;
  /** Epoch ms. */
  readonly createdAt: number;
}

export interface Authorities {
  find(on: Reader, accountId: string, scope: string): Promise<AuthorityRecord | undefined>;
  /** false when the scope exists already: read it again and use that one. */
  insert(tx: Tx, authority: AuthorityRecord): Promise<boolean>;
}

/** The newest time that the records know, epoch ms. */
export interface ClockMarks {
  find(on: Reader): Promise<number | undefined>;
  put(tx: Tx, mark: number): Promise<void>;
}

export type TaskOutcome =
  | { readonly kind: 'done' }
  /** Try again not before `delayMs` from now. */
  | { readonly kind: 'retry'; readonly delayMs: number }
  /** The same for a delivery that does not count as an attempt. */
  | { readonly kind: 'wait'; readonly delayMs: number };

/** What a handler learns of the task that it is given. */
export interface Task {
  /** What to work on, e.g. a signing job's id. */
  readonly key: string;
  /** 1 at the first delivery. */
  readonly attempt: number;
}

/**
 * Delivers "work on row X" at least once, also after a crash: handlers are idempotent.
 * Tasks are started at once after the commit that enqueued them.
 */
export interface TaskQueue {
  /** `owner`: whose work it is. Owners have their turns: much work of one holds up no other. */
  enqueue(tx: Tx, kind: string, key: string, owner?: string): Promise<void>;
  /** Takes the task out of the queue in the handler's own transaction. */
  complete(tx: Tx, kind: string, key: string): Promise<void>;
  /** Starts delivering tasks of `kind`, at most `concurrency` at a time. */
  work(kind: string, concurrency: number, handler: (task: Task) => Promise<TaskOutcome>): void;
  /** No new deliveries of `kind` until `release`; the tasks stay as they are. */
  hold(kind: string): void;
  /** All tasks of `kind` are due, whatever the clock showed when they were put off. */
  release(kind: string): void;
  /** Tasks that wait or run. */
  depth(kind: string): number;
  /** No new deliveries; waits for the running ones. */
  stop(): Promise<void>;
}
