// A backup is a directory of the same form as a data directory, with `backup.json` beside it as the last thing written:
// without that file it is not whole. A directory that is used again keeps the layers that it has. Every file is synced,
// and every layer is held against its digest while it is copied.
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import {
  copyFile,
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import type { BackupTarget, BlobToCopy, CopiedBlob } from '../../domain/registry/backup-ports.ts';
import { type Digest, digestAlgorithm, digestHex } from '../../shared/digest.ts';
import { copyRecords, openRecords } from './records.ts';

const RECORDS = 'metadata.db';
const DESCRIPTION = 'backup.json';
const READ_BYTES = 1024 * 1024;

export interface BackupTargetOptions {
  readonly dataDir: string;
  readonly directory: string;
  /** Files with keys and credentials; the ones that exist are copied. */
  readonly secrets: readonly string[];
  /** Layers become hard links (same disk, no space, no second copy of the bytes) instead of copies. */
  readonly link: boolean;
}

export function makeBackupTarget(options: BackupTargetOptions): BackupTarget {
  const { dataDir, directory } = options;
  const folders = new Set<string>();

  async function makeFolder(folder: string): Promise<void> {
    if (folders.has(folder)) return;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    folders.add(folder);
  }

  return {
    async begin() {
      refuseWithin(dataDir, directory);
      await mkdir(directory, { recursive: true, mode: 0o700 });
      refuseWithin(await realpath(dataDir), await realpath(directory));
      const entries = await readdir(directory);
      const ours = [DESCRIPTION, RECORDS, 'blobs'];
      if (entries.length > 0 && !ours.some((name) => entries.includes(name)))
        throw new Error(`${directory} is not empty and is no backup: choose another place`);
      await rm(join(directory, DESCRIPTION), { force: true });
      await sync(directory);
    },

    async snapshot() {
      const records = join(directory, RECORDS);
      const fresh = `${records}.new`;
      // A backup that was interrupted, and a restored server that ran in this directory, leave these.
      for (const old of [fresh, `${records}-wal`, `${records}-shm`]) await rm(old, { force: true });
      copyRecords(join(dataDir, RECORDS), fresh);
      await sync(fresh);
      await rename(fresh, records);
      await sync(directory);
      return openRecords(records);
    },

    async copy(blob) {
      const from = fileOf(dataDir, blob.digest);
      const to = fileOf(directory, blob.digest);
      if ((await sizeOf(to)) === blob.sizeBytes) return { bytes: 0 };
      await makeFolder(dirname(to));
      return options.link ? linkBlob(from, to, blob) : copyBlob(from, to, blob);
    },

    async copySecrets() {
      for (const secret of options.secrets) {
        const to = join(directory, basename(secret));
        await rm(to, { force: true });
        try {
          await copyFile(secret, to, constants.COPYFILE_EXCL);
        } catch (error) {
          if (isMissing(error)) continue;
          throw error;
        }
        const file = await open(to, 'r+');
        try {
          await file.chmod(0o600);
          await file.sync();
        } finally {
          await file.close();
        }
      }
    },

    async complete(facts) {
      for (const folder of folders) await sync(folder);
      const path = join(directory, DESCRIPTION);
      const file = await open(path, 'w', 0o600);
      try {
        await file.writeFile(`${JSON.stringify(facts, null, 2)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      await sync(directory);
    },
  };
}

function refuseWithin(dataDir: string, directory: string): void {
  if (directory === dataDir || directory.startsWith(`${dataDir}${sep}`))
    throw new Error(`${directory} lies in the data directory: choose another place`);
}

function fileOf(root: string, digest: Digest): string {
  const hex = digestHex(digest);
  return join(root, 'blobs', digestAlgorithm(digest), hex.slice(0, 2), hex);
}

async function linkBlob(from: string, to: string, blob: BlobToCopy): Promise<CopiedBlob> {
  const size = await sizeOf(from);
  if (size === undefined) return { bytes: 0, fault: 'missing' };
  if (size !== blob.sizeBytes) return { bytes: 0, fault: 'wrong size' };
  await rm(to, { force: true });
  await link(from, to);
  return { bytes: 0 };
}

/** Under another name until it is whole and has its digest. */
async function copyBlob(from: string, to: string, blob: BlobToCopy): Promise<CopiedBlob> {
  const source = await open(from, 'r').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (source === undefined) return { bytes: 0, fault: 'missing' };
  const partial = `${to}.partial`;
  try {
    const target = await open(partial, 'w', 0o600);
    let digest: Digest;
    let bytes = 0;
    try {
      ({ digest, bytes } = await pour(source, target, blob));
      await target.sync();
    } finally {
      await target.close();
    }
    if (bytes !== blob.sizeBytes) return await refused(partial, 'wrong size');
    if (digest !== blob.digest) return await refused(partial, 'wrong content');
    await rename(partial, to);
    return { bytes };
  } finally {
    await source.close();
  }
}

async function refused(partial: string, fault: NonNullable<CopiedBlob['fault']>): Promise<CopiedBlob> {
  await rm(partial, { force: true });
  return { bytes: 0, fault };
}

async function pour(
  source: FileHandle,
  target: FileHandle,
  { digest }: BlobToCopy,
): Promise<{ digest: Digest; bytes: number }> {
  const algorithm = digestAlgorithm(digest);
  const hash = createHash(algorithm);
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  let bytes = 0;
  for (;;) {
    const { bytesRead } = await source.read(buffer, 0, buffer.length, bytes);
    if (bytesRead === 0) return { digest: `${algorithm}:${hash.digest('hex')}`, bytes };
    const part = buffer.subarray(0, bytesRead);
    hash.update(part);
    await target.writeFile(part);
    bytes += bytesRead;
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOENT';
}

async function sync(path: string): Promise<void> {
  const file = await open(path, constants.O_RDONLY);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
