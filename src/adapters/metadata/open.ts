// Opens the metadata store: schema, storage, and a store for each area of the domain.
// Two connections: one writes, in transactions only; one reads what is committed and durable. A thread has a third, for
// checkpoints of the write-ahead log; another thread syncs that log.

import { DomainError, isDomainError } from '../../domain/errors.ts';
import type { Storage } from '../../domain/storage.ts';
import { makePrivateFile } from '../files/private-file.ts';
import { Checkpointer } from './checkpointer.ts';
import { connectionOf, readerOf } from './connection.ts';
import { isSqliteError, SqliteConnection, sqlite } from './dialects/sqlite.ts';
import { makeFilesInPlace } from './files-in-place.ts';
import { GroupCommit } from './group-commit.ts';
import { type LogSync, makeLogSync } from './log-sync.ts';
import { migrate } from './migrate.ts';
import { makeStores, type Stores } from './stores.ts';
import { makeTurnSnapshot } from './turn-snapshot.ts';
import { damagedRecords } from './unavailable.ts';

export interface Metadata extends Stores {
  readonly storage: Storage;
  /**
   * Resolves when the database has given and taken a row; rejects with why it cannot, and from the first damaged page that
   * was met until the end of the process.
   */
  check(): Promise<void>;
  /** Finishes the writes that were taken, refuses new ones, closes the file. */
  close(): Promise<void>;
}

export interface OpenMetadataOptions {
  /** The database file; made when it is missing. */
  readonly path: string;
  /** Told of faults that no caller can be told of: an onCommit callback that threw. */
  readonly onError: (error: unknown) => void;
  /** Called when something was committed, before anybody is told of it. */
  readonly onCommitted?: () => void;
  /** In the place of the sync of the log, for tests. */
  readonly sync?: () => Promise<void>;
  /** Told of every SQL text that is prepared. */
  readonly onStatement?: (sql: string) => void;
}

/** Writes a row as it was: SQLite makes no difference. */
const SAME_ROW = 'update schema_migrations set number = number where number = 1';

/** Opens or makes the database and brings its schema up to date. Throws when it cannot be used. */
export async function openMetadata(options: OpenMetadataOptions): Promise<Metadata> {
  const { path, onStatement } = options;
  const listener = onStatement === undefined ? {} : { onStatement };
  let writer: SqliteConnection | undefined;
  try {
    // SQLite gives its other files the mode of this one.
    makeDatabaseFile(path);
    writer = new SqliteConnection({ path, readOnly: false, ...listener });
    await migrate(writer.kysely(), sqlite, Date.now());
    // A file that can only be read opens just as well.
    writer.begin();
    await writer.run(SAME_ROW, []);
    writer.rollback();
    const logSync = makeLogSync(`${path}-wal`);
    await logSync.sync();
    const committed = new SqliteConnection({ path, readOnly: true, ...listener });
    return metadataOn(writer, committed, options, logSync);
  } catch (cause) {
    writer?.close();
    const fault = isDomainError(cause, 'StorageUnavailable') ? cause.cause : cause;
    if (!isSqliteError(fault)) throw cause;
    const message = `the database ${path} cannot be used: ${fault.message}`;
    throw new DomainError('StorageUnavailable', message, {}, { cause });
  }
}

function makeDatabaseFile(path: string): void {
  try {
    makePrivateFile(path);
  } catch (cause) {
    const message = `the database ${path} cannot be used: ${(cause as Error).message}`;
    throw new DomainError('StorageUnavailable', message, {}, { cause });
  }
}

function metadataOn(
  writer: SqliteConnection,
  committed: SqliteConnection,
  options: OpenMetadataOptions,
  logSync: LogSync,
): Metadata {
  const { path, onError } = options;
  const checkpoints = new Checkpointer({ path, connection: writer, onError });
  const snapshot = makeTurnSnapshot(committed);
  const commits = new GroupCommit({
    connection: writer,
    onError,
    readers: snapshot,
    sync: options.sync ?? (() => logSync.sync()),
    ...(options.onCommitted === undefined ? {} : { onCommitted: options.onCommitted }),
    beforeBatch: makeFilesInPlace(path),
    afterBatch: () => checkpoints.afterBatch(),
  });
  return {
    storage: { reader: readerOf(snapshot), write: (work) => commits.write(work) },
    ...makeStores(),
    async check() {
      const damage = writer.damage ?? committed.damage;
      if (damage !== undefined) throw damagedRecords(damage);
      await snapshot.rows('select number from schema_migrations limit 1', []);
      await commits.write((tx) => connectionOf(tx).run(SAME_ROW, []));
    },
    async close() {
      await commits.close();
      await checkpoints.close();
      snapshot.release();
      committed.close();
      await logSync.close();
      writer.close();
    },
  };
}
