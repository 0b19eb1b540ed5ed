// The metadata store for a thread that reads beside the one that writes. What is committed is seen here some milliseconds
// before it is on the disk: a power cut may take back a push that somebody has pulled already, but none that was
// acknowledged.
import { ReadOnlyStorage, type Storage } from '../../domain/storage.ts';
import { readerOf } from './connection.ts';
import { SqliteConnection } from './dialects/sqlite.ts';
import { makeStores, type Stores } from './stores.ts';
import { makeTurnSnapshot } from './turn-snapshot.ts';

export interface ReadMetadata extends Stores {
  /** Its writes reject with ReadOnlyStorage. */
  readonly storage: Storage;
  close(): void;
}

/** `commits`: changes with every commit of the thread that writes. */
export function openMetadataForReading(path: string, commits: () => number): ReadMetadata {
  // The thread that writes meets the same damage, and says so.
  const connection = new SqliteConnection({
    path,
    readOnly: true,
    asDamaged: () => new ReadOnlyStorage(),
  });
  const snapshot = makeTurnSnapshot(connection, commits);
  return {
    storage: { reader: readerOf(snapshot), write: () => Promise.reject(new ReadOnlyStorage()) },
    ...makeStores(),
    close() {
      snapshot.release();
      connection.close();
    },
  };
}
