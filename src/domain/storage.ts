// How every area of the domain reaches its records: a reader of committed state, and transactions that
// several writers may share (group commit, a savepoint for each). No network or file I/O inside a write.
import { ExpectedError } from '../shared/expected-error.ts';

declare const reader: unique symbol;
declare const transaction: unique symbol;

/** Sees committed state (or, when it is a `Tx`, its own writes too). Opaque to the domain. */
export interface Reader {
  readonly [reader]: true;
}

/** One writer's transaction. All of it becomes durable, or none. */
export interface Tx extends Reader {
  readonly [transaction]: true;
  /** Runs `callback` once, right after the transaction is durable; never when it rolled back. */
  onCommit(callback: () => void): void;
}

export interface Storage {
  readonly reader: Reader;
  /**
   * Runs `work` in a transaction of its own and resolves with its result after the commit is durable
   * (fsynced). A throw rolls back this writer alone and rejects with the thrown error.
   */
  write<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
}

/** Rejects a write where records can only be read: in a thread that answers pulls. */
export class ReadOnlyStorage extends ExpectedError {
  constructor() {
    super('records cannot be written here');
    this.name = 'ReadOnlyStorage';
  }
}

/** A page of a keyset-paged list. `next` is the key to give as `after` for the page that follows. */
export interface Page<T, K> {
  readonly items: readonly T[];
  readonly next?: K;
}
