// What a backup is made of and where it goes.
import type { Digest } from '../../shared/digest.ts';
import type { BlobFault } from './garbage-ports.ts';

export interface BlobToCopy {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** The records as they were at one moment, in a file of their own. */
export interface Snapshot {
  /** Every blob whose bytes are a file, by digest. */
  blobs(): Iterable<BlobToCopy>;
  close(): void;
}

export interface CopiedBlob {
  /** 0 when the file was there already. */
  readonly bytes: number;
  /** Why there is no good copy. */
  readonly fault?: BlobFault;
}

export interface BackupTarget {
  /** Makes the place ready; what is there is no backup from here on until `complete`. */
  begin(): Promise<void>;
  snapshot(): Promise<Snapshot>;
  copy(blob: BlobToCopy): Promise<CopiedBlob>;
  /** Keys and credentials. */
  copySecrets(): Promise<void>;
  /** Makes it a backup, with `facts` as its description. */
  complete(facts: object): Promise<void>;
}
