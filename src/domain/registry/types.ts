// The registry's nouns: repository, image, layer, upload. Plain data; nothing here knows HTTP or SQL.
import type { RegistryKey } from '../../shared/arn.ts';
import type { Digest, DigestAlgorithm } from '../../shared/digest.ts';
import type { ManifestMediaType } from '../../shared/media-types.ts';

export type TagMutability = 'MUTABLE' | 'IMMUTABLE' | 'MUTABLE_WITH_EXCLUSION' | 'IMMUTABLE_WITH_EXCLUSION';

/** A wildcard filter on tags (`*` is any run of characters, at most two in a filter). */
export interface TagMutabilityExclusion {
  readonly filterType: 'WILDCARD';
  readonly filter: string;
}

export interface EncryptionConfiguration {
  readonly encryptionType: 'AES256' | 'KMS' | 'KMS_DSSE';
  readonly kmsKey?: string;
}

/** How stored bytes are wrong. */
export type ContentFault = 'missing' | 'wrong size' | 'wrong content';

/** Of content whose row is gone from the records, whatever became of its bytes. */
export const RECORD_MISSING = 'record missing';

export interface Repository {
  /** Internal key; never leaves the process. */
  readonly id: number;
  readonly registry: RegistryKey;
  readonly name: string;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly tagMutability: TagMutability;
  readonly tagMutabilityExclusions: readonly TagMutabilityExclusion[];
  readonly scanOnPush: boolean;
  readonly encryption: EncryptionConfiguration;
}

export type NewRepository = Omit<Repository, 'id'>;

/** A stored manifest: image manifest, index or artifact. Its bytes are kept beside it, exact. */
export interface Image {
  readonly repositoryId: number;
  readonly digest: Digest;
  readonly mediaType: ManifestMediaType;
  /** The manifest's own artifactType, else (image manifests) its config's media type. */
  readonly artifactType?: string;
  /** Digest of the manifest that this one refers to (OCI `subject`). */
  readonly subject?: Digest;
  /** The manifest's annotations; kept for manifests with a subject only, for referrers lists. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Length of the manifest, bytes. */
  readonly manifestSizeBytes: number;
  /** Config plus layers, bytes; for an index the manifests that it lists, as it says. */
  readonly imageSizeBytes: number;
  /** Epoch ms. */
  readonly pushedAt: number;
  readonly lastPulledAt?: number;
  /**
   * Of a managed signature, one that the server made for a push: the signing job that made it. What clients push has
   * none, whatever it looks like.
   */
  readonly signingJobId?: string;
  /** How the manifest's bytes were found wrong, until they are stored again. */
  readonly manifestFault?: ContentFault;
}

/** What a manifest names: its config, layers and children. */
export interface ImageReference {
  readonly digest: Digest;
  readonly kind: 'config' | 'layer' | 'manifest';
}

/** An image together with its tags, sorted by byte order. */
export interface TaggedImage extends Image {
  readonly tags: readonly string[];
}

/** How a client names an image: at least one of the two. */
export interface ImageId {
  readonly digest?: string;
  readonly tag?: string;
}

/** A blob that a repository holds. Small ones that we made ourselves live in the row (`inline`). */
export interface Layer {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly inline?: Uint8Array;
  /** Of the file that was held against its digest; undefined: none was yet, or it is so at each read. */
  readonly fileIdentity?: string;
}

/** An upload in progress. Its bytes are a file of their own until it is completed. */
export interface Upload {
  /** UUID. */
  readonly id: string;
  readonly repositoryId: number;
  readonly algorithm: DigestAlgorithm;
  /** Bytes that are durable enough to go on from (all acknowledged ones). */
  readonly receivedBytes: number;
  /** Parts taken so far, by UploadLayerPart. */
  readonly parts: number;
  /** Bytes of the last part: ECR lets only the last one be small. */
  readonly lastPartBytes: number;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Who opened it; empty ones were opened before that was kept. */
  readonly openedBy: Opener;
}

export interface Opener {
  /** Lasting id: of a user, of a role for all of its sessions, of an account for its root. */
  readonly id: string;
  readonly arn: string;
}
