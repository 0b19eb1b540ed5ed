// Notices when a file of the open database was deleted, moved or replaced. SQLite does not: it goes on in files that
// nobody finds again, and what it acknowledges is lost with the process.
import { statSync } from 'node:fs';
import { unavailable } from './unavailable.ts';

/**
 * To be called once the database at `path` is open and its write-ahead log is there. Gives a check that throws
 * StorageUnavailable unless each file is the same as now. Takes a few microseconds.
 */
export function makeFilesInPlace(path: string): () => void {
  const files = ['', '-wal', '-shm'].map((end) => ({
    name: `${path}${end}`,
    id: identityOf(`${path}${end}`),
  }));
  return () => {
    for (const { name, id } of files) {
      if (identityOf(name) === id) continue;
      throw unavailable(
        new Error(`${name} was removed or replaced while it was in use: put it back, or start anew`),
      );
    }
  };
}

function identityOf(path: string): string {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? 'absent' : `${found.dev}:${found.ino}`;
}
