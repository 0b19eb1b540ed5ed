// Many writers, one fsync: closures that wait are run one after the other in a single transaction, each in a
// savepoint of its own, and are acknowledged after the commit.
// A writer is: waiting -> running -> (rolled back and rejected) or (released -> committed -> durable and resolved).
// Never acknowledges, nor shows to readers, what is not durable, and never lets one writer's fault reach another. When
// a sync fails nobody can tell what of the log is on the disk: before anything else is committed, all of the log is
// taken over into the database then.
import { AsyncLocalStorage } from 'node:async_hooks';
import { DomainError } from '../../domain/errors.ts';
import type { Tx } from '../../domain/storage.ts';
import { type Connection, type Handle, type TransactionControl, transactionOf } from './connection.ts';
import { unavailable } from './unavailable.ts';

/** A batch ends at this many writers, or when it has run for this long (ms). */
const MAX_BATCH = 256;
const MAX_BATCH_MS = 15;
/** Writers that may wait. */
const MAX_WAITING = 20_000;
/** A writer that takes longer (ms) awaits something that is not the database: it is rolled back. */
const MAX_WRITE_MS = 10_000;

interface Writer {
  readonly work: (tx: Tx) => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface Released {
  readonly writer: Writer;
  readonly value: unknown;
  readonly callbacks: readonly (() => void)[];
}

export interface GroupCommitOptions {
  readonly connection: Connection & TransactionControl;
  /** Told of an onCommit callback that throws: the commit stands. */
  readonly onError: (error: unknown) => void;
  /** Held from before a commit until it is durable. Else nobody may be in the middle of a reading transaction. */
  readonly readers?: { hold(): void; release(): void };
  /** Makes what was committed durable; undefined when it is already. */
  readonly sync?: () => Promise<void> | undefined;
  readonly maxWriteMs?: number;
  /** Called when something was committed, before the writers are told of it. */
  readonly onCommitted?: () => void;
  /** Called before each batch. When it throws, the writers are rejected with that. */
  readonly beforeBatch?: () => void;
  /** Called after each batch. When it gives a promise, the next batch waits for it. */
  readonly afterBatch?: () => Promise<void> | undefined;
}

export class GroupCommit {
  readonly #connection: Connection & TransactionControl;
  readonly #onError: (error: unknown) => void;
  readonly #readers: { hold(): void; release(): void };
  readonly #sync: () => Promise<void> | undefined;
  readonly #maxWriteMs: number;
  readonly #onCommitted: () => void;
  readonly #beforeBatch: () => void;
  readonly #afterBatch: () => Promise<void> | undefined;
  readonly #current = new AsyncLocalStorage<Handle>();
  #waiting: Writer[] = [];
  /** Whether a sync failed, and the log was not taken over since. */
  #isDoubtful = false;
  #active = false;
  #closed = false;
  #drained: (() => void) | undefined;

  constructor(options: GroupCommitOptions) {
    this.#connection = options.connection;
    this.#onError = options.onError;
    this.#readers = options.readers ?? { hold: () => undefined, release: () => undefined };
    this.#sync = options.sync ?? (() => undefined);
    this.#maxWriteMs = options.maxWriteMs ?? MAX_WRITE_MS;
    this.#onCommitted = options.onCommitted ?? (() => undefined);
    this.#beforeBatch = options.beforeBatch ?? (() => undefined);
    this.#afterBatch = options.afterBatch ?? (() => undefined);
  }

  write<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    if (this.#current.getStore()?.open === true)
      return Promise.reject(new Error('a write inside a write would wait for itself'));
    if (this.#closed) return Promise.reject(new Error('the metadata store is closed'));
    if (this.#waiting.length >= MAX_WAITING)
      return Promise.reject(new DomainError('StorageUnavailable', 'Too many writes are waiting.', {}));
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, resolve: resolve as (value: unknown) => void, reject });
      this.#schedule();
    });
  }

  /** Takes no more writers; resolves when all that were taken are done. */
  async close(): Promise<void> {
    this.#closed = true;
    if (!this.#active) return;
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
  }

  #schedule(): void {
    if (this.#active) return;
    this.#active = true;
    setImmediate(() => void this.#flush());
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    const taken = await this.#batch(waiting);
    await this.#afterBatch();
    if (taken < waiting.length) this.#waiting = waiting.slice(taken).concat(this.#waiting);
    this.#active = false;
    if (this.#waiting.length > 0) this.#schedule();
    else this.#drained?.();
  }

  /** Runs writers from the front and commits them; gives how many it took. */
  async #batch(writers: readonly Writer[]): Promise<number> {
    const released: Released[] = [];
    let taken = 0;
    let hasWritten: boolean;
    try {
      this.#beforeBatch();
      this.#readers.release();
      if (this.#isDoubtful) this.#connection.takeOverLog();
      this.#isDoubtful = false;
      this.#connection.begin();
      const end = performance.now() + MAX_BATCH_MS;
      while (taken < writers.length && taken < MAX_BATCH && performance.now() < end) {
        const writer = writers[taken] as Writer;
        taken += 1;
        await this.#run(writer, released);
      }
      this.#readers.hold();
      hasWritten = this.#connection.commit();
    } catch (error) {
      // The batch as a whole failed. When it could not even begin, nobody was taken: fail the front of the
      // queue, so that callers learn of it instead of waiting for a store that may never come back.
      if (taken === 0) {
        taken = Math.min(writers.length, MAX_BATCH);
        for (const writer of writers.slice(0, taken)) writer.reject(error);
      }
      for (const { writer } of released) writer.reject(error);
      this.#abandon();
      this.#readers.release();
      return taken;
    }
    const fault = hasWritten ? await this.#makeDurable() : undefined;
    this.#readers.release();
    if (hasWritten) this.#onCommitted();
    for (const { writer, value } of released)
      if (fault === undefined) writer.resolve(value);
      else writer.reject(fault);
    // What depends on the records learns of the change in any case: it is committed.
    for (const { callbacks } of released) for (const callback of callbacks) this.#call(callback);
    return taken;
  }

  /** What the writers are to be told when it is not certain; undefined when all is well. Never rejects. */
  async #makeDurable(): Promise<DomainError<'StorageUnavailable'> | undefined> {
    try {
      await this.#sync();
      return undefined;
    } catch (cause) {
      this.#isDoubtful = true;
      this.#onError(cause);
      return unavailable(cause, 'The records of the registry could not be made safe');
    }
  }

  /** Throws only when the whole transaction is lost; the writer is rejected by then. */
  async #run(writer: Writer, released: Released[]): Promise<void> {
    const { handle, tx } = transactionOf(this.#connection);
    try {
      this.#connection.savepoint();
      const value = await this.#limited(handle, () => writer.work(tx));
      handle.end();
      this.#connection.releaseSavepoint();
      released.push({ writer, value, callbacks: handle.callbacks });
    } catch (error) {
      handle.end();
      writer.reject(error);
      // On a full disk or an I/O error SQLite rolls the whole transaction back by itself.
      if (!this.#connection.inTransaction) throw error;
      this.#connection.rollbackToSavepoint();
    }
  }

  async #limited<T>(handle: Handle, work: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    // Work that only queries the database settles in microtasks, before any timer could be due.
    const overdue = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`a write took longer than ${this.#maxWriteMs} ms and was rolled back`));
      }, this.#maxWriteMs);
    });
    try {
      return await Promise.race([this.#current.run(handle, work), overdue]);
    } finally {
      clearTimeout(timer);
    }
  }

  #abandon(): void {
    try {
      if (this.#connection.inTransaction) this.#connection.rollback();
    } catch (error) {
      this.#onError(error);
    }
  }

  #call(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#onError(error);
    }
  }
}
