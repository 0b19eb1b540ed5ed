// Signature maker on worker threads: P-384 never runs on the event loop that serves clients, nor on the thread
// pool that files use. States: open -> closing (nothing new, accepted requests finish) -> closed. A worker that
// dies takes its own requests with it (retryable) and is replaced. Threads are added when requests queue up and
// end when they have had no work for a while: each costs 15 to 25 MiB.
import { availableParallelism } from 'node:os';
import {
  type MadeSignature,
  type SignatureMaker,
  SignatureMakerError,
  type SigningRequest,
} from '../../domain/signing/notary/ports.ts';
import type { FromWorker } from './protocol.ts';
import { type PendingRequest, SigningThread } from './thread.ts';

/** Something that the server's log should know. Holds no secret. */
export type SigningPoolEvent =
  | { readonly kind: 'worker-ended'; readonly reason: string; readonly lostRequests: number }
  | {
      readonly kind: 'request-failed';
      readonly jobId: string;
      readonly code: string;
      readonly trace: string;
    };

export interface SigningPoolOptions {
  /** Called for each worker that starts; the bytes are moved into the worker. In use first, then retired ones. */
  readonly masterKeys: () => readonly Uint8Array<ArrayBuffer>[];
  /** Most threads; as many as there are cores unless told. They run at a lower priority than the rest. */
  readonly maxWorkers?: number;
  /** Threads that are kept when there is nothing to do; one unless told. 0 starts the first one on demand. */
  readonly minWorkers?: number;
  /** How long a further thread may be without work before it is ended, ms. */
  readonly idleTimeout?: number;
  /** Requests that may wait; more are refused with OVERLOADED. */
  readonly maxQueue?: number;
  /** A worker that works on one request for longer than this is replaced, ms. */
  readonly requestTimeout?: number;
  readonly onEvent?: (event: SigningPoolEvent) => void;
}

/** One request at work and one at hand, so that a worker never waits for a message. */
const perWorker = 2;

/** Requests waiting for each worker before another one is started: some 10 ms of work. */
const queuePerWorker = 4;

/** Wait before a worker is replaced that died before it was ready, ms. */
const restartDelay = 1000;

export class SigningPool implements SignatureMaker {
  readonly #options: Required<SigningPoolOptions>;
  readonly #threads = new Set<SigningThread>();
  readonly #waiting: PendingRequest[] = [];
  readonly #restarts = new Set<NodeJS.Timeout>();
  readonly #retiring = new Set<Promise<void>>();
  #retireTimer: NodeJS.Timeout | undefined;
  #nextId = 1;
  #closing: Promise<void> | undefined;
  #drained: (() => void) | undefined;

  /** Starts the workers that are kept; they are ready some 50 ms later, and requests wait for them. */
  constructor(options: SigningPoolOptions) {
    this.#options = {
      maxWorkers: availableParallelism(),
      minWorkers: 1,
      idleTimeout: 60_000,
      maxQueue: 4096,
      requestTimeout: 30_000,
      onEvent: () => {},
      ...options,
    };
    for (let i = 0; i < this.#options.minWorkers; i++) this.#start();
  }

  /** Requests that are accepted and not yet answered. */
  get pending(): number {
    let count = this.#waiting.length;
    for (const thread of this.#threads) count += thread.requests.size;
    return count;
  }

  sign(request: SigningRequest): Promise<MadeSignature> {
    if (this.#closing !== undefined)
      return Promise.reject(new SignatureMakerError('CLOSED', 'the signing workers are being closed'));
    if (this.#waiting.length >= this.#options.maxQueue)
      return Promise.reject(new SignatureMakerError('OVERLOADED', 'too many signatures are waiting'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id: this.#nextId++, request, resolve, reject });
      this.#dispatch();
    });
  }

  /** Replaces every thread by one that has the master keys of now; resolves when the old ones have finished. */
  async renewKeys(): Promise<void> {
    const old = [...this.#threads];
    this.#threads.clear();
    if (this.#closing === undefined)
      for (let i = 0; i < Math.max(1, this.#options.minWorkers); i++) this.#start();
    await Promise.all(old.map((thread) => this.#retire(thread)));
  }

  close(): Promise<void> {
    this.#closing ??= this.#drainAndEnd();
    return this.#closing;
  }

  async #drainAndEnd(): Promise<void> {
    if (this.pending > 0) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
    for (const timer of this.#restarts) clearTimeout(timer);
    this.#restarts.clear();
    clearTimeout(this.#retireTimer);
    await Promise.all([...this.#retiring, ...Array.from(this.#threads, (thread) => thread.end())]);
  }

  #start(): void {
    const { masterKeys, requestTimeout } = this.#options;
    const thread = new SigningThread(masterKeys(), requestTimeout, {
      answered: (request, message) => this.#answer(request, message),
      ended: (reason) => this.#replace(thread, reason),
    });
    this.#threads.add(thread);
    if (this.#threads.size > this.#options.minWorkers) this.#watchIdle();
    this.#dispatch();
  }

  #dispatch(): void {
    this.#handOut();
    const workers = this.#threads.size + this.#restarts.size;
    const queueToGrow = workers === 0 ? 1 : workers * queuePerWorker;
    if (
      this.#closing === undefined &&
      workers < this.#options.maxWorkers &&
      this.#waiting.length >= queueToGrow
    )
      this.#start();
  }

  /** Ends threads beyond the kept ones after a while without work. */
  #watchIdle(): void {
    const { idleTimeout, minWorkers } = this.#options;
    this.#retireTimer ??= setTimeout(() => {
      this.#retireTimer = undefined;
      for (const thread of this.#threads) {
        if (this.#threads.size <= minWorkers) return;
        if (thread.idleTime < idleTimeout) continue;
        this.#threads.delete(thread);
        void this.#retire(thread);
      }
      this.#watchIdle();
    }, idleTimeout / 2).unref();
  }

  #retire(thread: SigningThread): Promise<void> {
    const ended = thread.end().finally(() => {
      this.#retiring.delete(ended);
      // It may have died over its last ones.
      for (const { reject } of thread.requests.values())
        reject(new SignatureMakerError('WORKER_CRASHED', 'a signing worker ended early'));
    });
    this.#retiring.add(ended);
    return ended;
  }

  #handOut(): void {
    for (let level = 0; level < perWorker && this.#waiting.length > 0; level++)
      for (const thread of this.#threads) {
        if (thread.requests.size > level) continue;
        const next = this.#waiting.shift();
        if (next === undefined) return;
        this.#give(thread, next);
      }
  }

  #give(thread: SigningThread, request: PendingRequest): void {
    try {
      thread.give(request);
    } catch (error) {
      // A request that cannot be cloned: a fault of the caller's code, not of the worker.
      request.reject(
        new SignatureMakerError('INTERNAL', 'the request cannot be sent to a worker', { cause: error }),
      );
      this.#noteDrained();
    }
  }

  #answer(request: PendingRequest, message: Extract<FromWorker, { id: number }>): void {
    if (message.type === 'made') request.resolve(message.made);
    else {
      this.#options.onEvent({
        kind: 'request-failed',
        jobId: request.request.jobId,
        code: message.code,
        trace: message.trace,
      });
      request.reject(new SignatureMakerError(message.code, message.message));
    }
    this.#dispatch();
    this.#noteDrained();
  }

  #replace(thread: SigningThread, reason: string): void {
    this.#threads.delete(thread);
    const lost = [...thread.requests.values()];
    // With no worker left nothing says when the next one comes: waiting requests are handed back as well.
    if (this.#threads.size === 0) lost.push(...this.#waiting.splice(0));
    this.#options.onEvent({ kind: 'worker-ended', reason, lostRequests: lost.length });
    for (const { reject } of lost)
      reject(new SignatureMakerError('WORKER_CRASHED', 'a signing worker ended early'));
    if (this.#closing === undefined) this.#restart(thread.ready ? 0 : restartDelay);
    this.#noteDrained();
  }

  #restart(delay: number): void {
    const timer = setTimeout(() => {
      this.#restarts.delete(timer);
      if (this.#threads.size < this.#options.minWorkers) this.#start();
      else this.#dispatch();
    }, delay);
    this.#restarts.add(timer);
  }

  #noteDrained(): void {
    if (this.pending === 0) this.#drained?.();
  }
}
