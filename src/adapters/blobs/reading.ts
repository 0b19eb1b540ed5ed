// Published blobs, read, listed and deleted. Small ones are read whole when they are opened. No bytes are kept here: what
// is read is what the file holds now.
import * as fs from 'node:fs';
import { access, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  type BlobFile,
  type BlobFiles,
  type BlobReader,
  bytesReader,
  type FromMemory,
} from '../../domain/registry/blob-ports.ts';
import { type Digest, isDigest } from '../../shared/digest.ts';
import type { DiskSpace } from './disk-space.ts';
import { identityOf } from './file-identity.ts';
import { guarded, hasCode, type Layout, type Shard, storageFault } from './layout.ts';
import type { SendFile } from './sendfile.ts';
import { syncFolder } from './sync-folder.ts';
import { makeWarmParts, type WarmFile } from './warm-parts.ts';

const openFile = promisify(fs.open);
const readFile = promisify(fs.read);
const closeFile = promisify(fs.close);

/** Reading what is in memory takes a twentieth of this: whoever waited longer than that waited for the disk. */
const SLOW_MS = 5;

/** `sendFile`: asked for when the first large file is read, since a server may never have one. */
export function makeBlobFiles(
  layout: Layout,
  space: DiskSpace,
  sendFile: () => Promise<SendFile | undefined>,
): BlobFiles {
  const warmParts = makeWarmParts(() => performance.now());
  return {
    shards: layout.shards,

    list: (shard) => guarded(() => digestsIn(layout.shard(shard))),

    stat: (digest) => guarded(() => statBlob(layout.blob(digest).file)),

    open(digest) {
      return guarded(async () => {
        const fd = await openFile(layout.blob(digest).file, fs.constants.O_RDONLY).catch((error: unknown) => {
          if (hasCode(error, 'ENOENT')) return undefined;
          throw error;
        });
        if (fd === undefined) return undefined;
        let reader: BlobReader | undefined;
        try {
          const stats = await statFile(fd);
          const size = Number(stats.size);
          const identity = identityOf(stats);
          if (identity !== undefined) {
            reader = fromFile(digest, fd, size, identity, warmParts.of(identity, size), await sendFile());
            return reader;
          }
          const bytes = Buffer.allocUnsafeSlow(size);
          const { bytesRead } = await readFile(fd, bytes, 0, size, 0);
          return bytesReader(digest, bytes.subarray(0, bytesRead));
        } finally {
          if (reader === undefined) await closeFile(fd);
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
        }
        await syncFolder(folder);
      });
    },

    quarantine(digest) {
      return guarded(async () => {
        const { file, folder } = layout.blob(digest);
        await mkdir(layout.quarantine, { recursive: true, mode: 0o700 });
        try {
          // A colon is not fit for every tool's file names.
          await rename(file, join(layout.quarantine, digest.replace(':', '-')));
        } catch (error) {
          if (hasCode(error, 'ENOENT')) return;
          throw error;
        }
        await syncFolder(layout.quarantine);
        await syncFolder(folder);
      });
    },

    check() {
      return guarded(async () => {
        await access(layout.blobs, fs.constants.R_OK | fs.constants.W_OK);
        // What permissions say is not the whole truth: the disk may have failed, or too many files may be open.
        const file = join(layout.uploads, 'check');
        await closeFile(await openFile(file, fs.constants.O_WRONLY | fs.constants.O_CREAT, 0o600));
        await rm(file, { force: true });
        space.check();
      });
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
    const stats = await stat(path, { bigint: true });
    const identity = identityOf(stats);
    // A file keeps its mtime when it is moved to its address.
    const file = { sizeBytes: Number(stats.size), changedAt: Number(stats.ctimeMs) };
    return identity === undefined ? file : { ...file, identity };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function statFile(fd: number): Promise<fs.BigIntStats> {
  return new Promise((resolve, reject) => {
    fs.fstat(fd, { bigint: true }, (error, stats) => {
      if (error === null) resolve(stats);
      else reject(error);
    });
  });
}

function fromFile(
  digest: Digest,
  fd: number,
  sizeBytes: number,
  identity: string,
  warm: WarmFile,
  sendFile: SendFile | undefined,
): BlobReader {
  return {
    digest,
    sizeBytes,
    identity,
    fromMemory: fromMemory(fd, sizeBytes, warm, sendFile),
    read(target, position) {
      return new Promise((resolve, reject) => {
        fs.read(fd, target, 0, target.length, position, (error, bytesRead) => {
          if (error !== null) return reject(storageFault(error));
          warm.wasRead(position, position + bytesRead);
          resolve(bytesRead);
        });
      });
    },
    close() {
      fs.closeSync(fd);
    },
  };
}

function fromMemory(
  fd: number,
  sizeBytes: number,
  warm: WarmFile,
  sendFile: SendFile | undefined,
): FromMemory {
  /** `work` gives how many bytes from `position` were had. */
  function timed(position: number, work: () => number): number {
    const started = performance.now();
    const bytes = work();
    if (performance.now() - started > SLOW_MS) warm.cool(position);
    else warm.wasRead(position, position + bytes);
    return bytes;
  }
  return {
    has: (position, length) => warm.isWarm(position, Math.min(position + length, sizeBytes)),
    read(target, position) {
      try {
        return timed(position, () => fs.readSync(fd, target, 0, target.length, position));
      } catch (error) {
        throw storageFault(error);
      }
    },
    ...(sendFile === undefined
      ? {}
      : {
          send: (descriptor, position, length, isLocal) =>
            timed(position, () => sendFile({ socket: descriptor, isLocal, file: fd, position, length })),
        }),
  };
}
