// One worker thread of the signing pool and the requests that it holds. States: starting -> ready -> ended.
import { getCompileCacheDir } from 'node:module';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type {
  MadeSignature,
  SignatureMakerError,
  SigningRequest,
} from '../../domain/signing/notary/ports.ts';
import { bootstrapData, THREAD_BOOTSTRAP } from '../../shared/thread-bootstrap.ts';
import type { FromWorker, ToWorker, WorkerStart } from './protocol.ts';

/** An accepted request and whom to tell. */
export interface PendingRequest {
  readonly id: number;
  readonly request: SigningRequest;
  readonly resolve: (made: MadeSignature) => void;
  readonly reject: (error: SignatureMakerError) => void;
}

function workerStart(masterKeys: WorkerStart['masterKeys']): WorkerStart {
  // `.ts` in a checkout, `.js` in the built package.
  const entry = new URL(`../../signing-worker${extname(import.meta.filename)}`, import.meta.url);
  return { ...bootstrapData(entry, getCompileCacheDir()), masterKeys };
}

export interface ThreadListener {
  answered(request: PendingRequest, message: Extract<FromWorker, { id: number }>): void;
  /** Only for an end that nobody asked for. */
  ended(reason: string): void;
}

/** One worker thread and the requests that it holds. */
export class SigningThread {
  readonly requests = new Map<number, PendingRequest>();
  readonly #worker: Worker;
  readonly #timeout: number;
  readonly #exited: Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #ready = false;
  #lastUsed = performance.now();
  #ending = false;
  #reason: string | undefined;

  constructor(masterKeys: readonly Uint8Array<ArrayBuffer>[], timeout: number, listener: ThreadListener) {
    this.#timeout = timeout;
    this.#worker = new Worker(THREAD_BOOTSTRAP, {
      eval: true,
      name: 'signing',
      workerData: workerStart(masterKeys),
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
      this.#lastUsed = performance.now();
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

  /** How long it has had nothing to do, ms. */
  get idleTime(): number {
    return this.requests.size > 0 ? 0 : performance.now() - this.#lastUsed;
  }

  /** Sends a request; throws when it cannot be cloned. */
  give(request: PendingRequest): void {
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
