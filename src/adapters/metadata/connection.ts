// Behind the domain's opaque `Reader` and `Tx`: a database connection, and how the stores reach it.
// A handle that outlived its transaction is refused, so that nothing is written outside of one.
import type { Reader, Tx } from '../../domain/storage.ts';

/** One database connection as the stores use it. */
export interface Connection {
  rows<R>(sql: string, parameters: readonly unknown[]): Promise<readonly R[]>;
  /** How many rows the statement changed. */
  run(sql: string, parameters: readonly unknown[]): Promise<number>;
}

/** The transaction commands that group commit gives, on one connection. */
export interface TransactionControl {
  readonly inTransaction: boolean;
  begin(): void;
  /** Whether anything was written. It is durable when the log is synced. */
  commit(): boolean;
  rollback(): void;
  /** Makes everything that is committed durable, whatever became of the log. Throws when that cannot be done now. */
  takeOverLog(): void;
  savepoint(): void;
  releaseSavepoint(): void;
  rollbackToSavepoint(): void;
}

class Handle {
  readonly #connection: Connection;
  #open = true;
  readonly callbacks: (() => void)[] = [];

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get open(): boolean {
    return this.#open;
  }

  get connection(): Connection {
    if (!this.#open) throw new Error('this transaction has ended');
    return this.#connection;
  }

  onCommit(callback: () => void): void {
    if (!this.#open) throw new Error('this transaction has ended');
    this.callbacks.push(callback);
  }

  end(): void {
    this.#open = false;
  }
}

export type { Handle };

/** The reader of committed state. */
export function readerOf(connection: Connection): Reader {
  return new Handle(connection) as unknown as Reader;
}

/** A transaction's handle, for its owner (`handle`) and for the domain (`tx`). */
export function transactionOf(connection: Connection): { handle: Handle; tx: Tx } {
  const handle = new Handle(connection);
  return { handle, tx: handle as unknown as Tx };
}

/** Throws when `on` is not of this adapter or when its transaction has ended. */
export function connectionOf(on: Reader): Connection {
  const handle: unknown = on;
  if (handle instanceof Handle) return handle.connection;
  throw new TypeError('not a reader or transaction of this store');
}
