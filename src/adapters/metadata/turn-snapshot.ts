// Reads of committed state. What one turn of the event loop reads, it reads in one transaction: to open and close one
// for each statement costs more than most statements. States: closed -> open (the first read of a turn) -> closed
// (the end of the turn, or a commit); held from before a commit until it is durable, so that nobody sees, and tells of,
// what a power cut may still take back. Not open for longer: it would be blind to what is committed, and it would keep
// the log from being taken over into the database.
import type { Connection } from './connection.ts';
import type { SqliteConnection } from './dialects/sqlite.ts';

export interface TurnSnapshot extends Connection {
  /** Until `release` all reads see what is committed now. */
  hold(): void;
  /** The next read sees everything that is committed by then. */
  release(): void;
}

/**
 * `connection` must be used by nobody else. `commits`: changes with every commit of another thread, which the next read
 * sees then, whatever this turn has read before.
 */
export function makeTurnSnapshot(connection: SqliteConnection, commits = () => 0): TurnSnapshot {
  let open = false;
  let openedAt = commits();
  let held = false;

  function close(): void {
    if (!open || held) return;
    open = false;
    // After an I/O error SQLite has ended it by itself.
    if (!connection.inTransaction) return;
    try {
      connection.endRead();
    } catch {
      // A damaged page was met: the read that met it has told its caller, and the end of the transaction tells it again.
      if (connection.inTransaction) connection.rollback();
    }
  }

  function begin(): void {
    if (open && openedAt !== commits()) close();
    if (open) return;
    openedAt = commits();
    connection.beginRead();
    open = true;
    setImmediate(close);
  }

  return {
    hold() {
      begin();
      // A transaction sees the state at its first read.
      connection.all('select number from schema_migrations where number = 1', []);
      held = true;
    },
    release() {
      held = false;
      close();
    },
    async rows<R>(text: string, parameters: readonly unknown[]) {
      begin();
      return connection.all(text, parameters) as R[];
    },
    run: () => Promise.reject(new Error('the reader of committed state cannot write')),
  };
}
