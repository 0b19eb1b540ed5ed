// Keeps the write-ahead log short without holding up the writers: the copying and its fsyncs happen in a thread.
// States: idle -> a pass runs in the thread -> idle; failed for good once the thread dies, then SQLite's own
// checkpoints (within a commit) take over. The thread starts with the first pass: a small store has none.
import type { Worker } from 'node:worker_threads';
import type { SqliteConnection } from './dialects/sqlite.ts';
import { startThread } from './thread.ts';

export interface CheckpointLimits {
  /** Pages not yet copied that start a pass. */
  readonly pass: number;
  /** From this length of the log on (pages), its end is copied by the writer, so that it can begin anew. */
  readonly restart: number;
  /** At this length of the log writers wait for the pass. */
  readonly wait: number;
}

/** Of 4 KiB pages: 4 MiB, 32 MiB, 256 MiB. */
const LIMITS: CheckpointLimits = { pass: 1000, restart: 8192, wait: 65_536 };

/** The pages after which SQLite makes a checkpoint by itself (its own default). */
const AUTOMATIC = 1000;

export interface CheckpointerOptions {
  readonly path: string;
  /** The writer's connection. */
  readonly connection: SqliteConnection;
  readonly onError: (error: unknown) => void;
  readonly limits?: CheckpointLimits;
}

export class Checkpointer {
  readonly #path: string;
  readonly #connection: SqliteConnection;
  readonly #onError: (error: unknown) => void;
  readonly #limits: CheckpointLimits;
  #thread: Worker | undefined;
  /** The pass that runs. */
  #pass: PromiseWithResolvers<void> | undefined;
  /** Whether the thread makes the checkpoints. */
  #enabled: boolean;

  constructor({ path, connection, onError, limits = LIMITS }: CheckpointerOptions) {
    this.#path = path;
    this.#connection = connection;
    this.#onError = onError;
    this.#limits = limits;
    this.#enabled = knowsNoop(process.versions['sqlite'] ?? '');
    if (this.#enabled) connection.autoCheckpoint(0);
  }

  /**
   * To be called after each batch of commits; a promise is to be awaited before the next one. Never throws and never
   * rejects: what was committed stands.
   */
  afterBatch(): Promise<void> | undefined {
    if (!this.#enabled) return undefined;
    try {
      const { pass, restart, wait } = this.#limits;
      const { log, checkpointed } = this.#connection.walState();
      const left = log - checkpointed;
      // While writes go on a pass never reaches the end. The last bit is short: the writer itself copies it, now that
      // no reader is held back, and the log begins anew with the next commit.
      if (this.#pass === undefined && log >= restart && left > 0 && left <= restart / 2) {
        this.#connection.checkpoint();
        return undefined;
      }
      if (left < pass) return undefined;
      if (this.#pass === undefined) {
        this.#pass = Promise.withResolvers();
        this.#startThread().postMessage('checkpoint', []);
      }
      return log >= wait ? this.#pass.promise : undefined;
    } catch (error) {
      this.#onError(error);
      return undefined;
    }
  }

  /** Waits for the thread to end. */
  async close(): Promise<void> {
    this.#enabled = false;
    const thread = this.#thread;
    if (thread === undefined) return;
    const ended = new Promise<void>((resolve) => {
      thread.once('exit', () => resolve());
    });
    // Else a process with nothing more to do would end before the thread has closed the file.
    thread.ref();
    thread.postMessage('close', []);
    await ended;
  }

  #startThread(): Worker {
    if (this.#thread !== undefined) return this.#thread;
    const thread = startThread('checkpoint-thread', { path: this.#path });
    thread.on('message', (error: unknown) => this.#passed(error));
    thread.on('error', (error) => this.#onError(error));
    thread.on('exit', () => this.#ended());
    this.#thread = thread;
    return thread;
  }

  #passed(fault: unknown): void {
    if (fault !== undefined) this.#onError(fault);
    this.#settle();
  }

  #ended(): void {
    this.#thread = undefined;
    if (this.#enabled) {
      this.#enabled = false;
      this.#connection.autoCheckpoint(AUTOMATIC);
    }
    this.#settle();
  }

  #settle(): void {
    const pass = this.#pass;
    this.#pass = undefined;
    pass?.resolve();
  }
}

/** Whether this SQLite (3.51 and later) can tell the state of the log without a checkpoint. */
function knowsNoop(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 3 || (major === 3 && minor >= 51);
}
