// Whoever removes layer files and whoever copies them all exclude each other, across processes: a backup must find
// every file that its records name. The lock is SQLite's own file lock, so it goes with the process that holds it.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DomainError } from '../../domain/errors.ts';
import type { FileRemoval } from '../../domain/registry/garbage-ports.ts';
import { makePrivateFile } from '../files/private-file.ts';

const FILE = 'files.lock';
/** A batch of removals takes far less; ms. */
const PATIENCE_MS = 60_000;

export interface OpenFileRemoval extends FileRemoval {
  close(): void;
}

/** For the collector: takes the lock for each batch, and does not wait for it. */
export function openFileRemoval(dataDir: string): OpenFileRemoval {
  const lock = openLock(dataDir, 0);
  let holders = 0;
  return {
    async during(work) {
      if (holders === 0) begin(lock);
      holders += 1;
      try {
        return await work();
      } finally {
        holders -= 1;
        if (holders === 0) lock.exec('ROLLBACK');
      }
    },
    close: () => lock.close(),
  };
}

/** For a backup: nothing is removed until `release`. Throws when somebody else keeps the lock. */
export function holdBackRemoval(dataDir: string): { readonly release: () => void } {
  const lock = openLock(dataDir, PATIENCE_MS);
  try {
    begin(lock);
  } catch (error) {
    lock.close();
    throw error;
  }
  return { release: () => lock.close() };
}

function openLock(dataDir: string, timeout: number): DatabaseSync {
  const path = join(dataDir, FILE);
  makePrivateFile(path);
  return new DatabaseSync(path, { timeout });
}

function begin(lock: DatabaseSync): void {
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    if ((cause as { errcode?: number }).errcode !== 5) throw cause;
    throw new DomainError(
      'Conflict',
      'A backup is being made, or a collection is running: layer files stay until it has ended.',
      {},
      { cause },
    );
  }
}
