// Where files lie below the data directory, and how a fault of the file system is told. Paths are made from parsed
// digests and from UUIDs only, never from what a client sent.
import { join } from 'node:path';
import { DomainError } from '../../domain/errors.ts';
import {
  type Digest,
  type DigestAlgorithm,
  digestAlgorithm,
  digestHex,
  isDigest,
} from '../../shared/digest.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const ALGORITHMS: readonly DigestAlgorithm[] = ['sha256', 'sha512'];
/** Folders of one algorithm: the first two digits. */
const FOLDERS = 256;

/** A folder of blobs. */
export interface Shard {
  readonly algorithm: DigestAlgorithm;
  readonly folder: string;
}

export interface Layout {
  /** How many folders of blobs there may be. */
  readonly shards: number;
  shard(number: number): Shard;
  readonly uploads: string;
  readonly blobs: string;
  /** Where damaged files are put for somebody to look at. */
  readonly quarantine: string;
  upload(uploadId: string): string;
  /** The blob's file, its directory, and the directory of that. */
  blob(digest: Digest): { readonly file: string; readonly folder: string; readonly parent: string };
}

export function makeLayout(dataDir: string): Layout {
  const uploads = join(dataDir, 'uploads');
  const blobs = join(dataDir, 'blobs');
  return {
    shards: ALGORITHMS.length * FOLDERS,
    shard(number) {
      const algorithm = ALGORITHMS[Math.floor(number / FOLDERS)];
      if (algorithm === undefined) throw new RangeError(`there is no folder ${number}`);
      const name = (number % FOLDERS).toString(16).padStart(2, '0');
      return { algorithm, folder: join(blobs, algorithm, name) };
    },
    uploads,
    blobs,
    quarantine: join(dataDir, 'quarantine'),
    upload(uploadId) {
      if (!isUploadId(uploadId)) throw new Error('not the id of an upload');
      return join(uploads, uploadId);
    },
    blob(digest) {
      if (!isDigest(digest)) throw new Error('not a digest');
      const hex = digestHex(digest);
      const parent = join(blobs, digestAlgorithm(digest));
      const folder = join(parent, hex.slice(0, 2));
      return { file: join(folder, hex), folder, parent };
    },
  };
}

export function isUploadId(text: string): boolean {
  return text.length === 36 && UUID.test(text);
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code;
}

/** A fault of the file system as the domain knows it; anything else as it is. */
export function storageFault(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof DomainError) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return error;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  const reason = full ? 'The disk of the registry is full' : 'The storage of the registry does not work now';
  return new DomainError('StorageUnavailable', `${reason}; try again later.`, {}, { cause: error });
}

/** Runs file work; its faults become StorageUnavailable. */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storageFault(error);
  }
}
