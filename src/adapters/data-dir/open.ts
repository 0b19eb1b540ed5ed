// The data directory belongs to one process at a time: a second one would deliver the same tasks again.
// The lock is SQLite's own file lock, so the system frees it when the process dies, however it dies.
import { closeSync, mkdirSync, openSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DomainError } from '../../domain/errors.ts';
import { narrowFile } from '../files/private-file.ts';

export interface DataDirectory {
  /** Absolute path of the directory. */
  readonly path: string;
  /** Path of an entry directly in it. */
  entry(name: 'metadata.db' | 'audit'): string;
  /** Lets another process have the directory. */
  release(): void;
}

/**
 * Makes the directory (mode 0700) when it is missing and takes it for this process.
 * Throws Conflict when another process holds it, StorageUnavailable when it cannot be written.
 */
export function openDataDirectory(directory: string): DataDirectory {
  const path = resolve(directory);
  const file = join(path, 'lock');
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    // SQLite would not say why it cannot.
    closeSync(openSync(file, 'a', 0o600));
    // Its journal gets the same mode.
    narrowFile(file);
  } catch (cause) {
    throw new DomainError(
      'StorageUnavailable',
      `the data directory ${path} cannot be written: ${(cause as Error).message}`,
      {},
      { cause },
    );
  }
  const lock = new DatabaseSync(file, { timeout: 0 });
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    throw new DomainError(
      'Conflict',
      `the data directory ${path} is in use by another sealport process`,
      {},
      { cause },
    );
  }
  for (const ours of filesOf(path)) narrowFile(ours);
  return {
    path,
    entry: (name) => join(path, name),
    release: () => lock.close(),
  };
}

/** The records and the trail, which an earlier version or a copy may have left open to others. */
function filesOf(path: string): readonly string[] {
  const audit = join(path, 'audit');
  const records = ['', '-wal', '-shm', '-journal'].map((end) => join(path, `metadata.db${end}`));
  return [...records, join(path, 'files.lock'), ...entriesOf(audit).map((name) => join(audit, name))];
}

function entriesOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
