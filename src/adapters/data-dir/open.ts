// The data directory belongs to one process at a time: a second one would deliver the same tasks again.
// The lock is SQLite's own file lock, so the system frees it when the process dies, however it dies.
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DomainError } from '../../domain/errors.ts';

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
 * Throws Conflict when another process holds it, a system error when it cannot be written.
 */
export function openDataDirectory(directory: string): DataDirectory {
  const path = resolve(directory);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const lock = new DatabaseSync(join(path, 'lock'), { timeout: 0 });
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
  return {
    path,
    entry: (name) => join(path, name),
    release: () => lock.close(),
  };
}
