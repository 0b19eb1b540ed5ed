// Signature maker on worker threads: P-384 never runs on the event loop that serves clients, nor on the thread
// pool that files use. States: open -> closing (nothing new, accepted requests finish) -> closed. A worker that
// dies takes its own requests with it (retryable) and is replaced.
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import {
  type MadeSignature,
  type SignatureMaker,
  SignatureMakerError,
  type SigningRequest,
} from '../../domain/signing/notary/ports.ts';
import type { FromWorker, ToWorker, WorkerSecrets } from './protocol.ts';

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
  /** Threads; one less than there are cores unless told, at least one. */
  readonly workers?: number;
  /** Requests that may wait; more are refused with OVERLOADED. */
  readonly maxQueue?: number;
  /** A worker that works on one request for longer than this is replaced, ms. */
  readonly requestTimeout?: number;
  readonly onEvent?: (event: SigningPoolEvent) => void;
}

interface Request {
  readonly id: number;
  readonly request: SigningRequest;
  readonly resolve: (made: MadeSignature) => void;
  readonly reject: (error: SignatureMakerError) => void;
}

/** One request at work and one at hand, so that a worker never waits for a message. */
const perWorker = 2;

/** Wait before a worker is replaced that died before it was ready, ms. */
const restartDelay = 1000;

export class SigningPool implements SignatureMaker {
  readonly #options: Required<SigningPoolOptions>;
  readonly #threads = new Set<Thread>();
  readonly #waiting: Request[] = [];
  readonly #restarts = new Set<NodeJS.Timeout>();
  #nextId = 1;
  #closing: Promise<void> | undefined;
  #drained: (() => void) | undefined;

  /** Starts the workers; they are ready some 50 ms later, and requests wait for them. */
  constructor(options: SigningPoolOptions) {
    this.#options = {
      workers: Math.max(1, availableParallelism() - 1),
      maxQueue: 4096,
      requestTimeout: 30_000,
      onEvent: () => {},
      ...options,
    };
    for (let i = 0; i < this.#options.workers; i++) this.#start();
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
    await Promise.all(Array.from(this.#threads, (thread) => thread.end()));
  }

  #start(): void {
    const { masterKeys, requestTimeout } = this.#options;
    const thread = new Thread(masterKeys(), requestTimeout, {
      answered: (request, message) => this.#answer(request, message),
      ended: (reason) => this.#replace(thread, reason),
    });
    this.#threads.add(thread);
    this.#dispatch();
  }

  #dispatch(): void {
    for (let level = 0; level < perWorker && this.#waiting.length > 0; level++)
      for (const thread of this.#threads) {
        if (thread.requests.size > level) continue;
        const next = this.#waiting.shift();
        if (next === undefined) return;
        this.#give(thread, next);
      }
  }

  #give(thread: Thread, request: Request): void {
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

  #answer(request: Request, message: Extract<FromWorker, { id: number }>): void {
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

  #replace(thread: Thread, reason: string): void {
    this.#threads.delete(thread);
    const lost = [...thread.requests.values()];
    // With no worker left nothing says when the next one comes: waiting requests are handed back as well.
    if (this.#threads.size === 0) lost.push(...this.#waiting.splice(0));
    this.#options.onEvent({ kind: 'worker-ended', reason, lostRequests: lost.length });
    for (const { reject } of lost)
      reject(new SignatureMakerError('WORKER_CRASHED', 'a signing worker ended early'));
    if (this.#closing === undefined) {
      const timer = setTimeout(
        () => {
          this.#restarts.delete(timer);
          this.#start();
        },
        thread.ready ? 0 : restartDelay,
      );
      this.#restarts.add(timer);
    }
    this.#noteDrained();
  }

  #noteDrained(): void {
    if (this.pending === 0) this.#drained?.();
  }
}

interface ThreadListener {
  answered(request: Request, message: Extract<FromWorker, { id: number }>): void;
  /** Only for an end that nobody asked for. */
  ended(reason: string): void;
}

/** One worker thread and the requests that it holds. */
class Thread {
  readonly requests = new Map<number, Request>();
  readonly #worker: Worker;
  readonly #timeout: number;
  readonly #exited: Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #ready = false;
  #ending = false;
  #reason: string | undefined;

  constructor(masterKeys: readonly Uint8Array<ArrayBuffer>[], timeout: number, listener: ThreadListener) {
    const secrets: WorkerSecrets = { masterKeys };
    // `.ts` in a checkout, `.js` in the built package.
    const entry = new URL(`../../signing-worker${extname(import.meta.filename)}`, import.meta.url);
    this.#timeout = timeout;
    this.#worker = new Worker(entry, {
      name: 'signing',
      workerData: secrets,
      transferList: masterKeys.map((bytes) => bytes.buffer),
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 },
    });
    this.#worker.on('message', (message: FromWorker) => {
      if (message.type === 'ready') {
        this.#ready = true;
        return;
      }
      const request = this.requests.get(message.id);
      if (request === undefined) return;
      this.requests.delete(message.id);
      this.#watch();
      listener.answered(request, message);
    });
    this.#worker.on('error', (error) => {
      this.#reason ??= error instanceof Error ? error.message : String(error);
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        clearTimeout(this.#timer);
        resolve();
        if (!this.#ending) listener.ended(this.#reason ?? `it ended with code ${code}`);
      });
    });
  }

  /** Whether the worker ever came up. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Sends a request; throws when it cannot be cloned. */
  give(request: Request): void {
    this.#send({ type: 'sign', id: request.id, request: request.request });
    this.requests.set(request.id, request);
    if (this.requests.size === 1) this.#watch();
  }

  async end(): Promise<void> {
    this.#ending = true;
    this.#send({ type: 'close' });
    await this.#exited;
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message, []);
  }

  #watch(): void {
    clearTimeout(this.#timer);
    if (this.requests.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#reason ??= 'it did not answer in time';
      void this.#worker.terminate();
    }, this.#timeout);
  }
}
