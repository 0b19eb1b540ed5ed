// Where blob bytes live. Content-addressed; what is acknowledged is on disk (file and directory synced).
import type { Digest, DigestAlgorithm } from '../../shared/digest.ts';

/**
 * Bytes on their way in: a request's body. Pushed, not pulled: a promise for each chunk would cost more than
 * what is done with it.
 */
export interface BlobSource {
  /**
   * Hands every chunk to `take`, once. A promise from `take` holds the source back until it resolves; a throw
   * or rejection ends the reading with that error. Resolves at the end of the body, rejects when it is cut short.
   * A chunk may be kept after `take` returned.
   */
  forEach(take: (chunk: Uint8Array) => Promise<void> | undefined): Promise<void>;
  /** Told of each chunk that nobody needs any more, so that its memory can be used again. */
  readonly free?: (chunk: Uint8Array) => void;
}

/** The bytes of an open file, as far as they can be had at once. */
export interface FromMemory {
  /** Whether these are known to be in memory, so that nobody waits for a disk. */
  has(position: number, length: number): boolean;
  /** As a reader's `read`. */
  read(target: Uint8Array, position: number): number;
  /**
   * Hands bytes to the open socket with this descriptor, as far as it takes them now; gives how many, 0 for none.
   * Absent where the system has no way to do so. `isLocal`: the socket leads to a program on this machine.
   */
  readonly send?: (descriptor: number, position: number, length: number, isLocal: boolean) => number;
}

/** An open blob. `close` must be called exactly once. */
export interface BlobReader {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** The whole content, when it is small enough to be at hand. */
  readonly bytes?: Uint8Array;
  /** Of the open file, when it is not at hand: another file, or one that was changed, has another. */
  readonly identity?: string;
  /** Of a file that somebody read a short while ago. */
  readonly fromMemory?: FromMemory;
  /** Fills `target` from `position`; gives the bytes read, less than asked only at the end. */
  read(target: Uint8Array, position: number): Promise<number>;
  close(): void;
}

/** A reader of bytes in memory. */
export function bytesReader(digest: Digest, bytes: Uint8Array): BlobReader {
  return {
    digest,
    sizeBytes: bytes.length,
    bytes,
    read(target, position) {
      const part = bytes.subarray(position, position + target.length);
      target.set(part);
      return Promise.resolve(part.length);
    },
    close() {
      // Nothing is open.
    },
  };
}

/** How an append ended. `sizeBytes`: the upload's length now. */
export type Appended =
  | { readonly kind: 'whole'; readonly sizeBytes: number }
  /** The source failed with `cause`; what arrived before is kept. */
  | { readonly kind: 'cut'; readonly sizeBytes: number; readonly cause: unknown };

/** Bytes of uploads in progress, by upload id (a UUID of ours). One caller at a time for an upload. */
export interface UploadFiles {
  /**
   * Writes after the first `offset` bytes; what lay beyond (written, never acknowledged) is dropped. Hashes what is
   * on disk again when this process did not write it. Throws LayerTooLarge beyond `limitBytes`, UploadNotFound when
   * the first `offset` bytes are not there.
   */
  append(
    uploadId: string,
    algorithm: DigestAlgorithm,
    offset: number,
    source: BlobSource,
    limitBytes: number,
  ): Promise<Appended>;
  /** Digest of the first `sizeBytes` bytes, which become the whole. Throws UploadNotFound. */
  digest(uploadId: string, algorithm: DigestAlgorithm, sizeBytes: number): Promise<Digest>;
  /**
   * Syncs the file and moves it to its content address; the upload is gone afterwards. Gives the identity that its
   * readers will have, which is undefined for a small one.
   */
  publish(uploadId: string, digest: Digest): Promise<string | undefined>;
  /** Does nothing when there is nothing. */
  discard(uploadId: string): Promise<void>;
  /** Up to `limit` uploads whose bytes nobody touched since `before` (epoch ms). */
  untouched(before: number, limit: number): Promise<readonly string[]>;
}

/** A file at its content address, whether or not a row knows it. */
export interface BlobFile {
  readonly sizeBytes: number;
  /** When it was put there, epoch ms. */
  readonly changedAt: number;
  /** As a reader of it has. */
  readonly identity?: string;
}

export interface BlobFiles {
  /** Into how many parts the files are divided for `list`. */
  readonly shards: number;
  /** Whose files are in one part. */
  list(shard: number): Promise<readonly Digest[]>;
  stat(digest: Digest): Promise<BlobFile | undefined>;
  /** undefined when there is no such blob. */
  open(digest: Digest): Promise<BlobReader | undefined>;
  delete(digest: Digest): Promise<void>;
  /** Moves the file aside, where nobody reads it. Nothing when it is not there. */
  quarantine(digest: Digest): Promise<void>;
  /** Throws when the store cannot take or give bytes (for readiness). */
  check(): Promise<void>;
}
