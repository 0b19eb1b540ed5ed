// Where blob bytes live. Content-addressed; what is acknowledged is on disk (file and directory synced).
import type { Digest, DigestAlgorithm } from '../../shared/digest.ts';

/** Bytes on their way in: a request's body. */
export type BlobSource = AsyncIterable<Uint8Array>;

/** An open blob. `close` must be called exactly once. */
export interface BlobReader {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Fills `target` from `position`; gives the bytes read, less than asked only at the end. */
  read(target: Uint8Array, position: number): Promise<number>;
  close(): void;
}

/** Bytes of uploads in progress, by upload id. One writer at a time for an upload. */
export interface UploadFiles {
  create(uploadId: string, algorithm: DigestAlgorithm): Promise<void>;
  /**
   * Appends at `offset`, which must be the current end; re-hashes what is on disk first when this process
   * did not write it. Throws LayerTooLarge beyond `limitBytes`. Gives the new length.
   * When `source` fails, what arrived before stays.
   */
  append(
    uploadId: string,
    algorithm: DigestAlgorithm,
    offset: number,
    source: BlobSource,
    limitBytes: number,
  ): Promise<number>;
  /** Digest of what is there. */
  digest(uploadId: string, algorithm: DigestAlgorithm): Promise<Digest>;
  /** Syncs the file and moves it to its content address; the upload is gone afterwards. Idempotent by digest. */
  publish(uploadId: string, digest: Digest): Promise<void>;
  discard(uploadId: string): Promise<void>;
}

export interface BlobFiles {
  /** undefined when there is no such blob. */
  open(digest: Digest): Promise<BlobReader | undefined>;
  delete(digest: Digest): Promise<void>;
  /** Throws when the store cannot take or give bytes (for readiness). */
  check(): Promise<void>;
}
