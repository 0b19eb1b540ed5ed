// The registry as its surfaces see it: one function for each thing that a client can ask for.
// Every function throws DomainError; texts are ECR's. Authorization happened before (http).
import type { RegistryKey } from '../../shared/arn.ts';
import type { Digest, DigestAlgorithm } from '../../shared/digest.ts';
import type { Caller, Principal, ResourceArea } from '../access/index.ts';
import type { Page, Tx } from '../storage.ts';
import type { BlobReader, BlobSource } from './blob-ports.ts';
import type { ImageListEntry, OpenUpload, TagStatus, UploadFilter } from './ports.ts';
import type { PullNote } from './pull-times.ts';
import type {
  EncryptionConfiguration,
  Image,
  ImageId,
  Layer,
  Repository,
  TaggedImage,
  TagMutability,
  TagMutabilityExclusion,
  Upload,
} from './types.ts';

/** A repository as a client names it. */
export interface RepositoryName {
  readonly registry: RegistryKey;
  readonly repositoryName: string;
}

export interface CreateRepository extends RepositoryName {
  readonly tags?: Readonly<Record<string, string>>;
  readonly tagMutability?: TagMutability;
  readonly tagMutabilityExclusions?: readonly TagMutabilityExclusion[];
  readonly scanOnPush?: boolean;
  readonly encryption?: EncryptionConfiguration;
}

export interface PutImage extends RepositoryName {
  /** Exactly as received. */
  readonly manifestBytes: Uint8Array;
  /** Content-Type without parameters; when absent the manifest's own `mediaType`. */
  readonly mediaType?: string;
  /** Tags to point at the image; none for a push by digest. */
  readonly tags: readonly string[];
  /** The digest that the client expects. */
  readonly expectedDigest?: Digest;
  readonly algorithm?: DigestAlgorithm;
  readonly caller: Caller;
  /**
   * ECR's PutImage refuses the same manifest under the same tag (ImageAlreadyExists); a push through the
   * distribution API is idempotent.
   */
  readonly onSame: 'refuse' | 'accept';
}

export interface StoredImage {
  readonly repository: Repository;
  readonly image: Image;
  /** false when the repository held the digest already. */
  readonly isNew: boolean;
  readonly tags: readonly string[];
  /** Whether the push stores a list of referrers (referrers-list.ts), under each of its tags. */
  readonly isReferrersList: boolean;
}

/** One image that a batch call could not serve; the surfaces spell the codes as ECR does. */
export interface ImageFailure {
  readonly imageId: ImageId;
  readonly code:
    | 'InvalidImageDigest'
    | 'InvalidImageTag'
    | 'ImageTagDoesNotMatchDigest'
    | 'ImageNotFound'
    | 'MissingDigestAndTag'
    | 'ImageReferencedByManifestList';
  readonly reason: string;
}

/** Called in the transaction that stores an image, for new digests and for pushes of known ones alike. */
export type AfterImageStored = (tx: Tx, stored: StoredImage, caller: Caller) => Promise<void>;

export interface RepositoriesDoor {
  create(input: CreateRepository): Promise<Repository>;
  find(name: RepositoryName): Promise<Repository>;
  describe(
    registry: RegistryKey,
    query: { readonly names?: readonly string[]; readonly after?: string; readonly limit: number },
  ): Promise<Page<Repository, string>>;
  delete(name: RepositoryName, options: { readonly force: boolean }): Promise<Repository>;
  putTagMutability(
    name: RepositoryName,
    tagMutability: TagMutability,
    exclusions: readonly TagMutabilityExclusion[] | undefined,
  ): Promise<Repository>;
  /** Tags of the repository itself (AWS resource tags). */
  listResourceTags(name: RepositoryName): Promise<Readonly<Record<string, string>>>;
  tagResource(name: RepositoryName, tags: Readonly<Record<string, string>>): Promise<void>;
  untagResource(name: RepositoryName, keys: readonly string[]): Promise<void>;
}

export interface PoliciesDoor {
  /**
   * Throws InvalidParameter for a text that is no policy, and, without `force`, for one that would not let the
   * caller set another. Gives the text as `get` does.
   */
  set(
    name: RepositoryName,
    text: string,
    options: { readonly force: boolean; readonly caller: Caller },
  ): Promise<string>;
  /** Users and roles that exist are ARNs in it, others ids. Throws RepositoryPolicyNotFound. */
  get(name: RepositoryName): Promise<string>;
  /** Gives what was deleted. Throws RepositoryPolicyNotFound. */
  delete(name: RepositoryName): Promise<string>;
  /** Gives the text as `getOfRegistry` does. Throws InvalidParameter. */
  putOfRegistry(registry: RegistryKey, text: string): Promise<string>;
  /** Throws RegistryPolicyNotFound. */
  getOfRegistry(registry: RegistryKey): Promise<string>;
  deleteOfRegistry(registry: RegistryKey): Promise<string>;
}

export interface ImagesDoor {
  put(input: PutImage): Promise<StoredImage>;
  /** The image that tag and/or digest name; throws ImageNotFound. */
  resolve(name: RepositoryName, id: ImageId): Promise<Image>;
  /** The same with the manifest's bytes, exact (not to be changed by the caller). Counts as a pull. */
  get(name: RepositoryName, id: ImageId): Promise<{ image: Image; manifestBytes: Uint8Array }>;
  getMany(
    name: RepositoryName,
    ids: readonly ImageId[],
  ): Promise<{
    readonly images: readonly { imageId: ImageId; image: Image; manifestBytes: Uint8Array }[];
    readonly failures: readonly ImageFailure[];
  }>;
  /** ECR's BatchDeleteImage: the last tag takes the image with it; a child of an index stays. */
  deleteMany(
    name: RepositoryName,
    ids: readonly ImageId[],
  ): Promise<{ readonly deleted: readonly ImageId[]; readonly failures: readonly ImageFailure[] }>;
  /**
   * OCI's delete: a tag is only untagged, a digest goes with all its tags.
   * Throws ImageNotFound, or ImageReferenced for a child of an index that is there.
   */
  delete(name: RepositoryName, id: { readonly digest: Digest } | { readonly tag: string }): Promise<void>;
  describe(
    name: RepositoryName,
    query: {
      readonly ids?: readonly ImageId[];
      readonly tagStatus: TagStatus;
      readonly after?: Digest;
      readonly limit: number;
    },
  ): Promise<Page<TaggedImage, Digest>>;
  list(
    name: RepositoryName,
    query: { readonly tagStatus: TagStatus; readonly after?: ImageListEntry; readonly limit: number },
  ): Promise<Page<ImageListEntry, ImageListEntry>>;
  listTags(
    name: RepositoryName,
    query: { readonly after?: string; readonly limit: number },
  ): Promise<Page<string, string>>;
  listReferrers(
    name: RepositoryName,
    subject: Digest,
    query: { readonly artifactTypes?: readonly string[]; readonly after?: Digest; readonly limit: number },
  ): Promise<Page<Image, Digest>>;
  /** Writes down the pulls since the last time, for a background job; gives how many images. */
  recordPulls(): Promise<number>;
  /** Gives the pulls since the last time, for `addPulls` where they can be written down. */
  takePulls(): readonly PullNote[];
  addPulls(notes: readonly PullNote[]): void;
}

export interface LayersDoor {
  /** Throws BlobNotFound. */
  find(name: RepositoryName, digest: Digest): Promise<Layer>;
  open(name: RepositoryName, digest: Digest): Promise<BlobReader>;
  /** Which of the digests the repository lacks. */
  missing(name: RepositoryName, digests: readonly Digest[]): Promise<readonly Digest[]>;
  /**
   * Makes a blob of another repository (`from`, or any of the registry) part of this one, when `mayRead` allows
   * that repository; false when it cannot be done.
   */
  mount(
    name: RepositoryName,
    digest: Digest,
    from: string | undefined,
    mayRead: (repositoryName: string) => Promise<boolean>,
  ): Promise<boolean>;
  /** Throws BlobNotFound, or Conflict while an image of the repository names the layer. */
  delete(name: RepositoryName, digest: Digest): Promise<void>;
}

/** States of an upload: open (takes bytes, one writer at a time) -> completed or cancelled or expired. */
export interface UploadsDoor {
  /** Throws LimitExceeded where too many are open, of the principal or of all. */
  begin(
    name: RepositoryName,
    principal: Principal,
    options?: { readonly algorithm?: DigestAlgorithm },
  ): Promise<Upload>;
  /** For the operator: of all registries, by id. */
  list(
    filter: UploadFilter,
    page: { readonly after: string; readonly limit: number },
  ): Promise<Page<OpenUpload, string>>;
  /** For the operator: ends those of a page. What a client is sending to now is left alone. */
  end(
    filter: UploadFilter,
    page: { readonly after: string; readonly limit: number },
  ): Promise<{ readonly ended: number; readonly underWay: number; readonly next?: string }>;
  find(name: RepositoryName, uploadId: string): Promise<Upload>;
  /**
   * Appends a body at `offset` (the end when undefined; another offset throws InvalidLayerPart and the
   * upload goes on). Resolves when the bytes are taken.
   */
  append(
    name: RepositoryName,
    uploadId: string,
    source: BlobSource,
    options: { readonly offset?: number },
  ): Promise<Upload>;
  /** One part of ECR's UploadLayerPart, `firstByte` to `lastByte` inclusive. */
  putPart(
    name: RepositoryName,
    uploadId: string,
    part: { readonly bytes: Uint8Array; readonly firstByte: number; readonly lastByte: number },
  ): Promise<Upload>;
  /** Appends the rest, checks the digest, makes the blob durable and part of the repository. */
  complete(
    name: RepositoryName,
    uploadId: string,
    digest: Digest,
    options?: { readonly source?: BlobSource; readonly offset?: number },
  ): Promise<Layer>;
  /** ECR's CompleteLayerUpload: parts must exist, the layer must be new, digests are of the whole. */
  completeParts(name: RepositoryName, uploadId: string, digests: readonly string[]): Promise<Layer>;
  cancel(name: RepositoryName, uploadId: string): Promise<void>;
  /** Frees uploads that expired; gives how many. */
  expire(limit: number): Promise<number>;
}

export interface Registry {
  readonly repositories: RepositoriesDoor;
  readonly images: ImagesDoor;
  readonly layers: LayersDoor;
  readonly uploads: UploadsDoor;
  readonly policies: PoliciesDoor;
  /** For decisions about who may use it. */
  readonly resourceArea: ResourceArea;
}
