// What the collector of garbage and the verification of blobs need of the store. Pages walk a whole table in the
// order of its key, a bounded number of rows at a time, so that no query holds up the others.
import type { Digest } from '../../shared/digest.ts';
import type { Page, Reader, Tx } from '../storage.ts';
import type { ContentFault, ImageReference, RECORD_MISSING } from './types.ts';

export interface LinkKey {
  readonly repositoryId: number;
  readonly digest: Digest;
}

/** That a repository holds a blob. */
export interface Link extends LinkKey {
  readonly isUsed: boolean;
}

export interface StoredBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly isUsed: boolean;
}

/** Bytes that have to have their digest. */
export interface StoredBytes {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** In the row, not in a file. */
  readonly isInline: boolean;
}

export interface Garbage {
  /** Used: an image of the repository names the blob, or a client was told of it since `before`. */
  links(
    on: Reader,
    query: { readonly before: number; readonly after?: LinkKey; readonly limit: number },
  ): Promise<Page<Link, LinkKey>>;
  /** Removes the link unless it is used; false when it stays or is gone. */
  unlinkUnused(tx: Tx, link: LinkKey, before: number): Promise<boolean>;
  /** Used: some link to it is. */
  blobs(
    on: Reader,
    query: { readonly before: number; readonly after?: Digest; readonly limit: number },
  ): Promise<Page<StoredBlob, Digest>>;
  /** Removes the blob's row unless a repository holds it; false when it stays or is gone. */
  deleteUnheld(tx: Tx, digest: Digest): Promise<boolean>;
  /** All blobs, wherever their bytes are. */
  stored(
    on: Reader,
    query: { readonly after?: Digest; readonly limit: number },
  ): Promise<Page<StoredBytes, Digest>>;
  /** Bytes that are in the blob's row; undefined when they are a file, or the blob is gone. */
  inlineBytes(on: Reader, digest: Digest): Promise<Uint8Array | undefined>;
  /** Forgets the bytes in the row: from now on they are the file's. */
  dropInline(tx: Tx, digest: Digest): Promise<void>;
  /** Whether there is a row for the blob. */
  isStored(on: Reader, digest: Digest): Promise<boolean>;
}

/** Lets files be removed while nobody copies them all. */
export interface FileRemoval {
  /** Throws Conflict, without doing the work, while a backup is being made. */
  during<T>(work: () => Promise<T>): Promise<T>;
}

/** What was found, as operators are told of it. */
export interface DamageReport {
  readonly digest: Digest;
  readonly fault: ContentFault | typeof RECORD_MISSING;
  /** Of a manifest; else it is a layer, of every repository that holds it. */
  readonly repositoryName?: string;
}

export interface DamagedBlob {
  readonly digest: Digest;
  readonly fault: ContentFault;
  /** Epoch ms. */
  readonly foundAt: number;
}

/** Blobs whose bytes, in a file or in the row, are not what their digest says. */
export interface DamagedBlobs {
  /** Once for a blob; false when it is known, or when the blob is gone. */
  record(tx: Tx, damaged: DamagedBlob): Promise<boolean>;
  /** Nothing when it is not there. */
  clear(tx: Tx, digest: Digest): Promise<boolean>;
  has(on: Reader, digest: Digest): Promise<boolean>;
  /** By digest. */
  list(on: Reader, limit: number): Promise<readonly DamagedBlob[]>;
  count(on: Reader): Promise<number>;
}

/** Which file of a large blob was held against its digest. What an identity is made of is the file store's matter. */
export interface VerifiedFiles {
  /** undefined when none was yet: a small blob, or one that was stored by a version before this. */
  find(on: Reader, digest: Digest): Promise<string | undefined>;
  /** false when it is known, or when the blob is gone. */
  record(tx: Tx, digest: Digest, identity: string): Promise<boolean>;
}

export interface UpkeepPosition {
  readonly position: string;
  /** Epoch ms. */
  readonly roundBeganAt: number;
}

/** How far work that walks through everything came, so that a restart does not begin anew. */
export interface UpkeepPositions {
  find(on: Reader, task: string): Promise<UpkeepPosition | undefined>;
  put(tx: Tx, task: string, position: UpkeepPosition): Promise<void>;
}

export interface ManifestKey {
  readonly repositoryId: number;
  readonly digest: Digest;
}

/** That an image names a blob or another image. */
export interface ReferenceKey extends LinkKey {
  readonly kind: ImageReference['kind'];
  /** The image that names it. */
  readonly parent: Digest;
}

/** What images name, beside what there is. */
export interface StoredReferences {
  /** All of them, by repository and what is named. `isStored`: the repository holds it, and there is a row for it. */
  page(
    on: Reader,
    query: { readonly after?: ReferenceKey; readonly limit: number },
  ): Promise<Page<ReferenceKey & { readonly isStored: boolean }, ReferenceKey>>;
  /** Images of the repository that name the blob as their config or a layer. */
  parents(on: Reader, repositoryId: number, digest: Digest, limit: number): Promise<readonly Digest[]>;
}

/** The bytes of manifests, held against their digests. An image says itself whether they were found wrong. */
export interface StoredManifests {
  /** All of them, by repository and digest. */
  page(
    on: Reader,
    query: { readonly after?: ManifestKey; readonly limit: number },
  ): Promise<Page<ManifestKey & { readonly sizeBytes: number }, ManifestKey>>;
  /** undefined: they are whole. false when that is known, or when the image is gone. */
  setFault(tx: Tx, key: ManifestKey, fault: ContentFault | undefined): Promise<boolean>;
  /** Stores them again; they are whole afterwards. */
  rewrite(tx: Tx, key: ManifestKey, bytes: Uint8Array): Promise<void>;
  /** Those that were found wrong, by repository and digest. */
  damaged(on: Reader, limit: number): Promise<readonly (ManifestKey & { readonly fault: ContentFault })[]>;
  countDamaged(on: Reader): Promise<number>;
}
