// The threads that answer pulls, as the main thread sees them. States of one: starting -> listening -> ended; one that ends
// unasked is replaced. They hold nothing that would be lost but what they were about to tell.
import { mkdtemp, rm } from 'node:fs/promises';
import { getCompileCacheDir } from 'node:module';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { type AuditTrail, LastingPart } from '../domain/audit/index.ts';
import type { PullNote } from '../domain/registry/index.ts';
import type { Metrics } from '../http/metrics.ts';
import { bootstrapData, THREAD_BOOTSTRAP } from '../shared/thread-bootstrap.ts';
import type { FromReadThread, Happened, PlainRecord, ReadThreadStart, ToReadThread } from './protocol.ts';

export interface ReadThreadsOptions {
  readonly count: number;
  readonly masterKeys: () => readonly Uint8Array<ArrayBuffer>[];
  readonly trail: AuditTrail;
  readonly metrics: Pick<Metrics, 'request' | 'connectionRefused'>;
  readonly addPulls: (notes: readonly PullNote[]) => void;
  readonly log: Logger;
  /** Takes the threads' lines of the log. */
  readonly writeLogLines: (lines: string) => void;
  /** Told of each thread that is started, for tests. */
  readonly onStart?: ((worker: Worker) => void) | undefined;
}

export interface ReadThreads {
  /** To be called after each commit, before anybody is told of it. */
  committed(): void;
  /** Resolves when all listen; `listenForThreads` is given the socket where they pass on what they do not answer. */
  start(
    given: Pick<ReadThreadStart, 'config' | 'limits'>,
    listenForThreads: (path: string) => Promise<void>,
  ): Promise<void>;
  /** Resolves when all have the master keys of now. */
  renewKeys(): Promise<void>;
  /** Resolves when the requests that run in them have ended and all is told. */
  close(): Promise<void>;
}

const RESTART_MS = 1000;

export function makeReadThreads(options: ReadThreadsOptions): ReadThreads {
  const { trail, metrics, addPulls, log } = options;
  const commits = new Int32Array(new SharedArrayBuffer(4));
  const threads = new Set<ReadThread>();
  let closing = false;
  let folder: string | undefined;

  async function add(given: Omit<ReadThreadStart, 'masterKeys'>): Promise<void> {
    const thread = new ReadThread({ ...given, masterKeys: options.masterKeys() }, onMessage, (reason) => {
      threads.delete(thread);
      if (closing) return;
      log.error({ reason }, 'a read thread has ended; another one takes its place');
      setTimeout(() => {
        if (closing) return;
        add(given).catch((error: unknown) => log.error({ err: error }, 'a read thread cannot be started'));
      }, RESTART_MS).unref();
    });
    threads.add(thread);
    options.onStart?.(thread.worker);
    await thread.listening;
  }

  function onMessage(thread: ReadThread, message: FromReadThread): void {
    if (message.type === 'happened') tell(message);
    else if (message.type === 'audit') {
      const { id, record } = message;
      trail.record(recordOf(record), 'before-answer').then(
        () => thread.say({ type: 'audited', id }),
        (error: unknown) => thread.say({ type: 'audited', id, refused: (error as Error).message }),
      );
    }
  }

  function tell({ facts, records, requests, connectionsRefused, pulls, log: lines }: Happened): void {
    const lasting = facts.map((each) => new LastingPart(each));
    for (let at = 0; at < records.length; at += 4) {
      const [place, eventTime, requestID, eventID] = records.slice(at, at + 4);
      const occasion = {
        eventTime: String(eventTime),
        requestID: String(requestID),
        eventID: String(eventID),
      };
      trail
        .record({ lasting: lasting[Number(place)] as LastingPart, occasion }, 'soon')
        .catch((error: unknown) => log.error({ err: error }, 'a pull was not recorded in the audit trail'));
    }
    for (let at = 0; at < requests.length; at += 6) {
      const [surface, operation, status, seconds, bytesIn, bytesOut] = requests.slice(at, at + 6);
      metrics.request({
        surface: String(surface),
        operation: String(operation),
        status: Number(status),
        seconds: Number(seconds),
        bytesIn: Number(bytesIn),
        bytesOut: Number(bytesOut),
      });
    }
    for (const reason of connectionsRefused) metrics.connectionRefused(reason);
    addPulls(pulls);
    if (lines !== '') options.writeLogLines(lines);
  }

  return {
    committed() {
      Atomics.add(commits, 0, 1);
    },
    async start(given, listenForThreads) {
      if (options.count === 0) return;
      // For this user alone: what comes here is believed.
      folder = await mkdtemp(join(tmpdir(), 'sealport-'));
      const passOnTo = join(folder, 'threads');
      await listenForThreads(passOnTo);
      const shared = { ...given, passOnTo, commits: commits.buffer };
      await Promise.all(Array.from({ length: options.count }, () => add(shared)));
    },
    async renewKeys() {
      await Promise.all([...threads].map((thread) => thread.renewKeys(options.masterKeys())));
    },
    async close() {
      closing = true;
      await Promise.all([...threads].map((thread) => thread.close()));
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

function recordOf({ facts, occasion }: PlainRecord) {
  return { lasting: new LastingPart(facts), occasion };
}

class ReadThread {
  /** Rejects when it ends before. */
  readonly listening: Promise<void>;
  readonly worker: Worker;
  readonly #ended: Promise<void>;
  #keysTaken: (() => void)[] = [];

  constructor(
    start: ReadThreadStart,
    onMessage: (thread: ReadThread, message: FromReadThread) => void,
    onEnd: (reason: string) => void,
  ) {
    // `.ts` in a checkout, `.js` in the built package.
    const entry = new URL(`../read-thread${extname(import.meta.filename)}`, import.meta.url);
    this.worker = new Worker(THREAD_BOOTSTRAP, {
      eval: true,
      name: 'reading',
      workerData: { ...start, ...bootstrapData(entry, getCompileCacheDir()) },
      transferList: start.masterKeys.map((bytes) => bytes.buffer),
      execArgv: [],
    });
    let reason: string | undefined;
    const listening = Promise.withResolvers<void>();
    this.listening = listening.promise;
    this.worker.on('message', (message: FromReadThread) => {
      if (message.type === 'listening') listening.resolve();
      else if (message.type === 'keys-taken') for (const taken of this.#keysTaken.splice(0)) taken();
      else onMessage(this, message);
    });
    this.worker.on('error', (error) => {
      reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    });
    this.#ended = new Promise((resolve) => {
      this.worker.once('exit', (code) => {
        const told = reason ?? `it ended with code ${code}`;
        listening.reject(new Error(told));
        for (const taken of this.#keysTaken.splice(0)) taken();
        resolve();
        onEnd(told);
      });
    });
  }

  say(message: ToReadThread, transfer: ArrayBuffer[] = []): void {
    this.worker.postMessage(message, transfer);
  }

  renewKeys(masterKeys: readonly Uint8Array<ArrayBuffer>[]): Promise<void> {
    return new Promise((resolve) => {
      this.#keysTaken.push(resolve);
      this.say(
        { type: 'keys', masterKeys },
        masterKeys.map((bytes) => bytes.buffer),
      );
    });
  }

  async close(): Promise<void> {
    this.say({ type: 'close' });
    await this.#ended;
  }
}
