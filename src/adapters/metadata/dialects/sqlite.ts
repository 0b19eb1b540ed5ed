// SQLite through node:sqlite: one connection with its prepared statements, and kysely's view of it.
// Never passes a value on that SQLite would store as something else (see `sqliteParameters`).
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { Kysely, SqliteDialect, sql } from 'kysely';
import type { Connection, TransactionControl } from '../connection.ts';
import type { Tables } from '../tables.ts';
import { damagedRecords, unavailable } from '../unavailable.ts';
import type { Dialect } from './dialect.ts';

/** Prepared statements kept by one connection; the oldest goes first. */
const MAX_STATEMENTS = 500;

export const sqlite: Dialect = {
  name: 'sqlite',
  text: 'text',
  integer: 'integer',
  bytes: 'blob',
  clustered: sql`without rowid, strict`,
  plain: sql`strict`,
};

/**
 * The store cannot take or give data now: busy, I/O error, damaged, disk full, cannot open, no database any more
 * (sqlite.org/rescode). Not "read-only": that is a write through the connection that reads, a bug.
 */
const FULL = 13;
/** Pages that are not what they should be; a file that is no database. */
const DAMAGED = new Set([11, 26]);
const UNAVAILABLE = new Set([5, 10, FULL, 14, ...DAMAGED]);

/**
 * Checks that every value is one that SQLite keeps as it is. node:sqlite takes an object in the first place
 * for named parameters (a Date there stores NULL) and stores booleans as numbers: both are refused here.
 */
export function sqliteParameters(values: readonly unknown[]): SQLInputValue[] {
  const checked: SQLInputValue[] = [];
  for (const value of values) {
    const type = typeof value;
    if (
      type === 'string' ||
      type === 'number' ||
      type === 'bigint' ||
      value === null ||
      value instanceof Uint8Array
    )
      checked.push(value as SQLInputValue);
    else throw new TypeError(`SQL parameter ${checked.length + 1} is ${type}: not a value that SQLite keeps`);
  }
  return checked;
}

/** Whether SQLite says so; `errcode` is one of its result codes. */
export function isSqliteError(error: unknown): error is Error & { readonly errcode: number } {
  return error instanceof Error && typeof (error as { errcode?: unknown }).errcode === 'number';
}

/** SQLite's fault as the domain knows it; anything else stays what it is. */
function storageError(cause: unknown): unknown {
  if (!isSqliteError(cause)) return cause;
  const code = cause.errcode & 0xff;
  if (!UNAVAILABLE.has(code)) return cause;
  if (DAMAGED.has(code)) return damagedRecords(cause);
  return code === FULL ? unavailable(cause, 'The disk of the registry is full') : unavailable(cause);
}

export interface SqliteOptions {
  readonly path: string;
  readonly readOnly: boolean;
  /** Called with each SQL text that is prepared. */
  readonly onStatement?: (sql: string) => void;
  /** In the place of the error for pages that are damaged. */
  readonly asDamaged?: () => Error;
}

/** As `PRAGMA wal_checkpoint` gives it. */
export interface WalState {
  readonly log: number;
  readonly checkpointed: number;
}

/** One open database file. Not shared between threads. */
export class SqliteConnection implements Connection, TransactionControl {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #onStatement: ((sql: string) => void) | undefined;
  readonly #countChanges: StatementSync;
  readonly #asDamaged: (() => Error) | undefined;
  #damage: Error | undefined;
  /** Rows changed from the opening to the last commit. */
  #changes = 0;

  constructor(options: SqliteOptions) {
    this.#onStatement = options.onStatement;
    this.#asDamaged = options.asDamaged;
    this.#database = new DatabaseSync(options.path, { readOnly: options.readOnly, timeout: 5000 });
    // NORMAL: the log is synced before it is taken over into the database, and when it begins anew. What is committed
    // is durable only after a sync of the log, which is its owner's business.
    if (!options.readOnly) this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    this.#database.exec(
      `PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;
       PRAGMA cache_size = -16384; PRAGMA mmap_size = 268435456; PRAGMA journal_size_limit = 67108864`,
    );
    this.#countChanges = this.#database.prepare('SELECT total_changes() AS changes');
  }

  async rows<R>(text: string, parameters: readonly unknown[]): Promise<readonly R[]> {
    return this.all(text, parameters) as R[];
  }

  async run(text: string, parameters: readonly unknown[]): Promise<number> {
    try {
      return Number(this.#statement(text).run(...sqliteParameters(parameters)).changes);
    } catch (error) {
      throw this.#fault(error);
    }
  }

  /** As `rows`, at once. */
  all(text: string, parameters: readonly unknown[]): unknown[] {
    try {
      return this.#statement(text).all(...sqliteParameters(parameters));
    } catch (error) {
      throw this.#fault(error);
    }
  }

  /** Runs a statement that takes and gives nothing. */
  execute(text: string): void {
    try {
      this.#statement(text).run();
    } catch (error) {
      throw this.#fault(error);
    }
  }

  begin(): void {
    this.execute('BEGIN IMMEDIATE');
  }

  /** A transaction for reading only. */
  beginRead(): void {
    this.execute('BEGIN DEFERRED');
  }

  endRead(): void {
    this.execute('COMMIT');
  }

  commit(): boolean {
    this.execute('COMMIT');
    const changes = Number(this.#countChanges.get()?.['changes']);
    const hasWritten = changes !== this.#changes;
    this.#changes = changes;
    return hasWritten;
  }

  rollback(): void {
    this.execute('ROLLBACK');
  }

  savepoint(): void {
    this.execute('SAVEPOINT writer');
  }

  releaseSavepoint(): void {
    this.execute('RELEASE writer');
  }

  rollbackToSavepoint(): void {
    this.execute('ROLLBACK TO writer');
    this.execute('RELEASE writer');
  }

  /** Turns the checkpoints off (0) or on again, which SQLite makes in a commit after so many pages. */
  autoCheckpoint(pages: number): void {
    this.all(`PRAGMA wal_autocheckpoint = ${pages}`, []);
  }

  /** Pages in the write-ahead log, and how many of them the database file has. Changes nothing. */
  walState(): WalState {
    return this.all('PRAGMA wal_checkpoint(NOOP)', [])[0] as WalState;
  }

  /**
   * Copies all of the write-ahead log into the database file, which is synced, and empties it. Throws StorageUnavailable
   * when somebody else is at it, or reads.
   */
  takeOverLog(): void {
    const { busy } = this.all('PRAGMA wal_checkpoint(TRUNCATE)', [])[0] as { busy: number };
    if (busy !== 0) throw unavailable(new Error('the write-ahead log is in use'));
  }

  /** Copies what it can of the write-ahead log into the database file, without waiting for anybody. */
  checkpoint(): void {
    this.all('PRAGMA wal_checkpoint(PASSIVE)', []);
  }

  /** The first error that told of damaged pages. They do not heal by themselves: it stays. */
  get damage(): Error | undefined {
    return this.#damage;
  }

  get inTransaction(): boolean {
    return this.#database.isTransaction;
  }

  /** Kysely over this connection, for the migrations. */
  kysely(): Kysely<Tables> {
    return new Kysely<Tables>({
      dialect: new SqliteDialect({
        database: {
          prepare: (text) => {
            const statement = this.#database.prepare(text);
            return {
              reader: statement.columns().length > 0,
              all: (parameters) => statement.all(...sqliteParameters(parameters)),
              run: (parameters) => statement.run(...sqliteParameters(parameters)),
              iterate: (parameters) => statement.iterate(...sqliteParameters(parameters)),
            };
          },
          close: () => undefined,
        },
      }),
    });
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #fault(cause: unknown): unknown {
    if (!isSqliteError(cause) || !DAMAGED.has(cause.errcode & 0xff)) return storageError(cause);
    this.#damage ??= cause;
    return this.#asDamaged?.() ?? storageError(cause);
  }

  #statement(text: string): StatementSync {
    const known = this.#statements.get(text);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(text);
    if (this.#statements.size >= MAX_STATEMENTS) {
      const [oldest] = this.#statements.keys();
      if (oldest !== undefined) this.#statements.delete(oldest);
    }
    this.#statements.set(text, statement);
    this.#onStatement?.(text);
    return statement;
  }
}
