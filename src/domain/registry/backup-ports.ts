// What a backup is made of and where it goes.
import type { Digest } from '../../shared/digest.ts';
import type { DamageReport } from './garbage-ports.ts';
import type { ContentFault } from './types.ts';

export interface BlobToCopy {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** The records as they were at one moment, in a file of their own. */
export interface Snapshot {
  /** Every blob whose bytes are a file, by digest. */
  blobs(): Iterable<BlobToCopy>;
  /** Reads all manifests, and the blobs whose bytes are in the records, and gives those that are not what their digests say. */
  damagedRecords(): Iterable<DamageReport>;
  close(): void;
}

export interface CopiedBlob {
  /** 0 when the file was there already. */
  readonly bytes: number;
  /** Why there is no good copy. */
  readonly fault?: ContentFault;
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
