// Published blobs, read. Small ones are read whole through a bounded cache of open files: the first read waits for
// the disk, later ones find the bytes in the page cache and do not leave the thread. Blobs never change, so a cached
// descriptor is right until the blob is deleted.
import * as fs from 'node:fs';
import { access, readdir, rm, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import {
  type BlobFile,
  type BlobFiles,
  type BlobReader,
  bytesReader,
} from '../../domain/registry/blob-ports.ts';
import { type Digest, isDigest } from '../../shared/digest.ts';
import { guarded, hasCode, type Layout, type Shard, storageFault } from './layout.ts';
import { syncFolder } from './sync-folder.ts';

/** Up to here a blob is one read and one write. */
const SMALL_BYTES = 64 * 1024;
const MAX_CACHED_FILES = 512;

const openFile = promisify(fs.open);
const statFile = promisify(fs.fstat);
const readFile = promisify(fs.read);
const closeFile = promisify(fs.close);

interface CachedFile {
  readonly fd: number;
  readonly sizeBytes: number;
}

export interface ClosableBlobFiles extends BlobFiles {
  /** To be called when another file takes the blob's place. */
  forget(digest: Digest): void;
  /** Gives back the cached files. */
  close(): void;
}

export function makeBlobFiles(layout: Layout): ClosableBlobFiles {
  const cached = new Map<Digest, CachedFile>();
  /** Counts the files that went: what was opened before one did may be it, and must not be kept. */
  let gone = 0;

  function forget(digest: Digest): void {
    gone += 1;
    evict(digest);
  }

  /** Cached files are read within one turn of the loop, so nobody is in the middle of one here. */
  function evict(digest: Digest): void {
    const entry = cached.get(digest);
    if (entry === undefined) return;
    cached.delete(digest);
    fs.closeSync(entry.fd);
  }

  function keep(digest: Digest, entry: CachedFile): void {
    evict(digest);
    if (cached.size >= MAX_CACHED_FILES) {
      const oldest = cached.keys().next();
      if (oldest.done !== true) evict(oldest.value);
    }
    cached.set(digest, entry);
  }

  function fromCache(digest: Digest, { fd, sizeBytes }: CachedFile): BlobReader {
    const bytes = Buffer.allocUnsafeSlow(sizeBytes);
    try {
      return bytesReader(digest, bytes.subarray(0, fs.readSync(fd, bytes, 0, sizeBytes, 0)));
    } catch (error) {
      throw storageFault(error);
    }
  }

  return {
    shards: layout.shards,

    list: (shard) => guarded(() => digestsIn(layout.shard(shard))),

    stat: (digest) => guarded(() => statBlob(layout.blob(digest).file)),

    forget,

    async open(digest) {
      const entry = cached.get(digest);
      if (entry !== undefined) return fromCache(digest, entry);
      return guarded(async () => {
        const { file } = layout.blob(digest);
        const goneBefore = gone;
        const fd = await openFile(file, fs.constants.O_RDONLY).catch((error: unknown) => {
          if (hasCode(error, 'ENOENT')) return undefined;
          throw error;
        });
        if (fd === undefined) return undefined;
        try {
          const { size } = await statFile(fd);
          if (size > SMALL_BYTES) return fromFile(digest, fd, size);
          const bytes = Buffer.allocUnsafeSlow(size);
          const { bytesRead } = await readFile(fd, bytes, 0, size, 0);
          if (gone === goneBefore) keep(digest, { fd, sizeBytes: size });
          else fs.closeSync(fd);
          return bytesReader(digest, bytes.subarray(0, bytesRead));
        } catch (error) {
          await closeFile(fd);
          throw error;
        }
      });
    },

    delete(digest) {
      return guarded(async () => {
        const { file, folder } = layout.blob(digest);
        try {
          await rm(file);
        } catch (error) {
          if (hasCode(error, 'ENOENT')) return;
          throw error;
        } finally {
          forget(digest);
        }
        await syncFolder(folder);
      });
    },

    check() {
      return guarded(async () => {
        const both = fs.constants.R_OK | fs.constants.W_OK;
        await access(layout.blobs, both);
        await access(layout.uploads, both);
      });
    },

    close() {
      for (const digest of cached.keys()) evict(digest);
    },
  };
}

/** Whose files are in a folder of blobs; names that are not ours are left alone. */
async function digestsIn({ algorithm, folder }: Shard): Promise<readonly Digest[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  });
  return names.map((name) => `${algorithm}:${name}`).filter(isDigest);
}

async function statBlob(path: string): Promise<BlobFile | undefined> {
  try {
    const { size, ctimeMs } = await stat(path);
    // A file keeps its mtime when it is moved to its address.
    return { sizeBytes: size, changedAt: ctimeMs };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function fromFile(digest: Digest, fd: number, sizeBytes: number): BlobReader {
  return {
    digest,
    sizeBytes,
    read(target, position) {
      return new Promise((resolve, reject) => {
        fs.read(fd, target, 0, target.length, position, (error, bytesRead) => {
          if (error !== null) reject(storageFault(error));
          else resolve(bytesRead);
        });
      });
    },
    close() {
      fs.closeSync(fd);
    },
  };
}
