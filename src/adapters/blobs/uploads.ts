// Uploads in progress as files of their own, named by UUID. A file: absent -> growing -> published (moved to its
// content address) or discarded. The running hash is kept between requests for a bounded number of uploads; any other
// is hashed again from disk. Nothing is at its content address before it is synced whole.
import { createHash, type Hash } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '../../domain/errors.ts';
import type { Appended, BlobSource, UploadFiles } from '../../domain/registry/blob-ports.ts';
import type { Digest, DigestAlgorithm } from '../../shared/digest.ts';
import { makeBlockWriter } from './block-writer.ts';
import type { DiskSpace } from './disk-space.ts';
import { identityOf } from './file-identity.ts';
import { guarded, hasCode, isUploadId, type Layout } from './layout.ts';
import { syncFolder } from './sync-folder.ts';

const MAX_RUNNING_HASHES = 1000;
const READ_BYTES = 1024 * 1024;

interface RunningHash {
  readonly algorithm: DigestAlgorithm;
  readonly hash: Hash;
  sizeBytes: number;
  /** As far as it is known: what a process before this one wrote is not counted. */
  unsyncedBytes: number;
}

export function makeUploadFiles(layout: Layout, space: DiskSpace): UploadFiles {
  const running = new Map<string, RunningHash>();
  const madeFolders = new Set<string>();
  let isSyncing = false;

  /** The hash of the first `sizeBytes` bytes, which are all that the file holds afterwards. */
  async function resume(
    uploadId: string,
    algorithm: DigestAlgorithm,
    sizeBytes: number,
    file: FileHandle,
  ): Promise<RunningHash> {
    const { size } = await file.stat();
    if (size < sizeBytes) throw lost(uploadId);
    if (size > sizeBytes) await file.truncate(sizeBytes);
    const known = running.get(uploadId);
    if (known?.algorithm === algorithm && known.sizeBytes === sizeBytes) return known;
    const hash = createHash(algorithm);
    const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, Math.max(sizeBytes, 1)));
    for (let position = 0; position < sizeBytes; ) {
      const wanted = Math.min(buffer.length, sizeBytes - position);
      const { bytesRead } = await file.read(buffer, 0, wanted, position);
      if (bytesRead === 0) throw lost(uploadId);
      hash.update(buffer.subarray(0, bytesRead));
      position += bytesRead;
    }
    return { algorithm, hash, sizeBytes, unsyncedBytes: 0 };
  }

  function keep(uploadId: string, state: RunningHash): void {
    running.delete(uploadId);
    if (running.size >= MAX_RUNNING_HASHES) {
      const oldest = running.keys().next();
      if (oldest.done !== true) running.delete(oldest.value);
    }
    running.set(uploadId, state);
  }

  /** One upload at a time: syncs hold threads that others need to read and write. */
  function syncEarly(uploadId: string, file: FileHandle): Promise<void> | undefined {
    if (isSyncing) return undefined;
    isSyncing = true;
    return file
      .datasync()
      .catch((error: unknown) => abandon(uploadId, error))
      .finally(() => {
        isSyncing = false;
      });
  }

  /** After a failed sync: another one would say that all is well with pages that this one lost. */
  async function abandon(uploadId: string, error: unknown): Promise<never> {
    running.delete(uploadId);
    await rm(layout.upload(uploadId), { force: true });
    throw error;
  }

  async function write(
    uploadId: string,
    file: FileHandle,
    state: RunningHash,
    source: BlobSource,
    limitBytes: number,
  ): Promise<Appended> {
    const blocks = makeBlockWriter({
      fd: file.fd,
      position: state.sizeBytes,
      unsyncedBytes: state.unsyncedBytes,
      free: source.free,
      sync: () => syncEarly(uploadId, file),
    });
    const whole = (): Appended => ({ kind: 'whole', sizeBytes: state.sizeBytes });
    let ended = whole;
    let fault: unknown;
    try {
      await source.forEach((chunk) => {
        if (state.sizeBytes + chunk.length > limitBytes) {
          fault = tooLarge(limitBytes);
          throw fault;
        }
        try {
          space.claim(chunk.length);
        } catch (error) {
          fault = error;
          throw error;
        }
        state.hash.update(chunk);
        state.sizeBytes += chunk.length;
        return blocks.add(chunk)?.catch((error: unknown) => {
          fault = error;
          throw error;
        });
      });
    } catch (cause) {
      ended = () => ({ kind: 'cut', sizeBytes: state.sizeBytes, cause });
    }
    try {
      if (fault !== undefined) throw fault;
      await blocks.flush();
    } finally {
      await blocks.settle();
    }
    state.unsyncedBytes = blocks.unsyncedBytes();
    keep(uploadId, state);
    return ended();
  }

  async function makeFolder(folder: string, parent: string): Promise<void> {
    if (madeFolders.has(folder)) return;
    // Not with its parents: when they are gone, so are the layers, and an empty folder would hide it.
    await mkdir(folder).catch((error: unknown) => {
      if (!hasCode(error, 'EEXIST')) throw error;
    });
    await syncFolder(parent);
    madeFolders.add(folder);
  }

  return {
    append(uploadId, algorithm, offset, source, limitBytes) {
      return guarded(async () => {
        const file = await openUpload(layout, uploadId, offset === 0);
        try {
          const state = await resume(uploadId, algorithm, offset, file);
          // Until the bytes are written the hash is ahead of the file.
          running.delete(uploadId);
          return await write(uploadId, file, state, source, limitBytes);
        } catch (error) {
          // What was never acknowledged must not fill a full disk until the upload expires. What is told is the fault.
          await file.truncate(offset).catch(() => {});
          throw error;
        } finally {
          await file.close();
        }
      });
    },

    digest(uploadId, algorithm, sizeBytes) {
      return guarded(async () => {
        const file = await openUpload(layout, uploadId, sizeBytes === 0);
        try {
          const state = await resume(uploadId, algorithm, sizeBytes, file);
          return `${algorithm}:${state.hash.copy().digest('hex')}` satisfies Digest;
        } finally {
          await file.close();
        }
      });
    },

    publish(uploadId, digest) {
      return guarded(async () => {
        const { file: target, folder, parent } = layout.blob(digest);
        const source = layout.upload(uploadId);
        const file = await open(source, constants.O_RDWR);
        let stats: BigIntStats;
        try {
          await file.datasync();
          stats = await file.stat({ bigint: true });
        } catch (error) {
          return await abandon(uploadId, error);
        } finally {
          await file.close();
        }
        await makeFolder(folder, parent);
        // Same name, same content: it does not matter who of several comes last.
        try {
          await rename(source, target);
          await syncFolder(folder);
        } catch (error) {
          madeFolders.delete(folder);
          throw error;
        }
        running.delete(uploadId);
        return identityOf(stats);
      });
    },

    discard(uploadId) {
      return guarded(async () => {
        running.delete(uploadId);
        await rm(layout.upload(uploadId), { force: true });
      });
    },

    untouched(before, limit) {
      return guarded(async () => {
        const found: string[] = [];
        for (const name of await readdir(layout.uploads)) {
          if (found.length >= limit) break;
          if (!isUploadId(name)) continue;
          const touched = await stat(join(layout.uploads, name)).catch((error: unknown) => {
            if (hasCode(error, 'ENOENT')) return undefined;
            throw error;
          });
          if (touched !== undefined && touched.mtimeMs < before) found.push(name);
        }
        return found;
      });
    },
  };
}

async function openUpload(layout: Layout, uploadId: string, create: boolean): Promise<FileHandle> {
  try {
    return await open(layout.upload(uploadId), constants.O_RDWR | (create ? constants.O_CREAT : 0), 0o600);
  } catch (error) {
    // When it was to be made, it is the folder that is gone.
    if (hasCode(error, 'ENOENT') && !create) throw lost(uploadId);
    throw error;
  }
}

function tooLarge(limitBytes: number): DomainError<'LayerTooLarge'> {
  return new DomainError('LayerTooLarge', `A layer must not be larger than ${limitBytes} bytes`, {
    limitBytes,
  });
}

function lost(uploadId: string): DomainError<'UploadNotFound'> {
  return new DomainError(
    'UploadNotFound',
    `The bytes of the upload with id '${uploadId}' are gone; begin again`,
    {
      uploadId,
    },
  );
}
