// Reads of committed state. What one turn of the event loop reads, it reads in one transaction: to open and close one
// for each statement costs more than most statements. States: closed -> open (the first read of a turn) -> closed
// (the end of the turn, or a commit). Never open while a transaction commits: it would be blind to what is committed,
// and it would keep the log from being taken over into the database.
import type { Connection } from './connection.ts';
import type { SqliteConnection } from './dialects/sqlite.ts';

export interface TurnSnapshot extends Connection {
  /** The next read sees everything that is committed by then. */
  release(): void;
}

/** `connection` must be used by nobody else. */
export function makeTurnSnapshot(connection: SqliteConnection): TurnSnapshot {
  let open = false;

  function release(): void {
    if (!open) return;
    open = false;
    // After an I/O error SQLite has ended it by itself.
    if (connection.inTransaction) connection.commit();
  }

  return {
    release,
    async rows<R>(text: string, parameters: readonly unknown[]) {
      if (!open) {
        connection.beginRead();
        open = true;
        setImmediate(release);
      }
      return connection.all(text, parameters) as R[];
    },
    run: () => Promise.reject(new Error('the reader of committed state cannot write')),
  };
}
