// The queue of a single process: tasks are rows, delivered by the process that stored them.
// A task is: waiting (row, due) -> running (row, key in `running`) -> done (row removed) or delayed (row, due
// later). A row is only removed by a commit, so a crash at any moment delivers the task again; leases are not
// kept, because the data directory belongs to one process at a time.
// Never runs a key twice at once, and never holds more than a bounded part of a backlog in memory. Owners of tasks have
// their turns (waiting-tasks.ts).
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Task, TaskOutcome, TaskQueue } from '../../domain/signing/ports.ts';
import type { Storage, Tx } from '../../domain/storage.ts';
import { unreachable } from '../../shared/assert.ts';
import type { Clock } from '../../shared/clock.ts';
import type { TaskTable } from './task-table.ts';
import { LINE_LENGTH, type WaitingTask, WaitingTasks } from './waiting-tasks.ts';

/** Owners that are looked for in the table at a time. */
const OWNERS_AT_ONCE = 500;
/** Timers of Node hold 31 bits: look again at least this often (ms). */
const LONGEST_TIMER_MS = 3_600_000;
/** Backoff after a handler or the store throws (ms): doubles from the first to the longest. */
const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 60_000;

export interface EmbeddedQueueOptions {
  readonly storage: Storage;
  readonly tasks: TaskTable;
  readonly clock: Clock;
  /** Told of everything that a handler or the store throws while a task is delivered. */
  readonly onError: (error: unknown, kind: string, key: string | undefined) => void;
}

/** One kind of tasks with its handler. */
interface Worker {
  readonly kind: string;
  readonly concurrency: number;
  readonly handler: (task: Task) => Promise<TaskOutcome>;
  readonly waiting: WaitingTasks;
  readonly running: Map<string, Running>;
  readonly search: OwnerSearch;
  refilling: boolean;
  timer: NodeJS.Timeout | undefined;
  /** When the timer goes off, epoch ms. */
  timerAt: number;
}

/** The way through the owners in the table. */
interface OwnerSearch {
  /** `wanted`: there may be due tasks of owners that `waiting` has no line for. `waits`: for room for another line. */
  state: 'done' | 'wanted' | 'waits';
  /** The owner that was found last; undefined at the beginning. */
  found: string | undefined;
  /** Wanted once more while it went on. */
  again: boolean;
}

interface Running {
  readonly version: number;
  readonly owner: string;
  /** What a committed `complete` found: the task is gone, or was enqueued again meanwhile. */
  completed: 'no' | 'removed' | 'again';
}

/** Makes the queue; every task of an earlier process is due at once. Rejects when the table cannot be used. */
export async function openEmbeddedQueue(options: EmbeddedQueueOptions): Promise<TaskQueue> {
  const { storage, tasks, clock } = options;
  await storage.write((tx) => tasks.makeDue(tx, clock.now()));
  const depths = new Map<string, number>();
  for (const { kind, count } of await tasks.counts(storage.reader)) depths.set(kind, count);
  return new EmbeddedQueue(options, depths);
}

class EmbeddedQueue implements TaskQueue {
  readonly #storage: Storage;
  readonly #tasks: TaskTable;
  readonly #clock: Clock;
  readonly #onError: EmbeddedQueueOptions['onError'];
  readonly #depths: Map<string, number>;
  readonly #workers = new Map<string, Worker>();
  readonly #held = new Set<string>();
  readonly #stopping = new AbortController();
  #idle: (() => void) | undefined;

  constructor(options: EmbeddedQueueOptions, depths: Map<string, number>) {
    this.#storage = options.storage;
    this.#tasks = options.tasks;
    this.#clock = options.clock;
    this.#onError = options.onError;
    this.#depths = depths;
  }

  async enqueue(tx: Tx, kind: string, key: string, owner = ''): Promise<void> {
    const isNew = await this.#tasks.add(tx, kind, key, owner, this.#clock.now());
    // An enqueue of a task that is there changes its version alone: it is delivered anyway, or again.
    if (!isNew) return;
    tx.onCommit(() => {
      this.#count(kind, 1);
      this.#offer(kind, owner, { key, attempts: 0, version: 1 });
    });
  }

  async complete(tx: Tx, kind: string, key: string): Promise<void> {
    const worker = this.#workers.get(kind);
    const running = worker?.running.get(key);
    const removed = await this.#tasks.remove(tx, kind, key, running?.version);
    if (removed) {
      tx.onCommit(() => {
        this.#count(kind, -1);
        worker?.waiting.delete(key);
        if (running !== undefined) running.completed = 'removed';
      });
      return;
    }
    if (running === undefined) return;
    // Enqueued again while it ran (or removed before): the next delivery begins anew.
    await this.#tasks.reschedule(tx, kind, key, this.#clock.now(), 0);
    tx.onCommit(() => {
      if (running.completed === 'no') running.completed = 'again';
    });
  }

  work(kind: string, concurrency: number, handler: (task: Task) => Promise<TaskOutcome>): void {
    if (this.#workers.has(kind)) throw new Error(`tasks of ${kind} have a handler already`);
    if (!Number.isInteger(concurrency) || concurrency < 1)
      throw new RangeError(`concurrency must be a positive integer, not ${concurrency}`);
    const worker: Worker = {
      kind,
      concurrency,
      handler,
      waiting: new WaitingTasks(),
      running: new Map(),
      search: { state: 'wanted', found: undefined, again: false },
      refilling: false,
      timer: undefined,
      timerAt: Infinity,
    };
    this.#workers.set(kind, worker);
    setImmediate(() => this.#pump(worker));
  }

  hold(kind: string): void {
    this.#held.add(kind);
  }

  release(kind: string): void {
    if (!this.#held.delete(kind)) return;
    // Some were put off by a clock that was ahead: they would be due when it shows that time again.
    void this.#storage
      .write((tx) => this.#tasks.makeDue(tx, this.#clock.now()))
      .catch((error: unknown) => this.#onError(error, kind, undefined))
      .then(() => this.#wakeNow(kind));
  }

  depth(kind: string): number {
    return this.#depths.get(kind) ?? 0;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const worker of this.#workers.values()) clearTimeout(worker.timer);
    if (this.#runningTasks() === 0) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  #runningTasks(): number {
    let count = 0;
    for (const worker of this.#workers.values()) count += worker.running.size;
    return count;
  }

  #count(kind: string, change: number): void {
    this.#depths.set(kind, this.depth(kind) + change);
  }

  #offer(kind: string, owner: string, task: WaitingTask): void {
    const worker = this.#workers.get(kind);
    if (worker === undefined) return;
    const running = worker.running.get(task.key);
    if (running !== undefined) {
      // Its last delivery has committed but not returned: the new row is fetched when it has.
      running.completed = 'again';
      return;
    }
    // While older tasks may be in the table only, a new one queues up behind them there.
    const isKnown =
      worker.refilling || worker.search.state !== 'done'
        ? worker.waiting.lookFor(owner)
        : worker.waiting.offer(owner, task);
    if (!isKnown) wantSearch(worker);
    // Not now: the writers of this commit are answered first.
    setImmediate(() => this.#pump(worker));
  }

  /** Starts what may start, and fetches more when little is left. */
  #pump(worker: Worker): void {
    if (this.#stopped || this.#held.has(worker.kind)) return;
    while (worker.running.size < worker.concurrency) {
      const next = worker.waiting.take();
      if (next === undefined) break;
      const { owner, task } = next;
      const running: Running = { version: task.version, owner, completed: 'no' };
      worker.running.set(task.key, running);
      void this.#deliver(worker, task, running);
    }
    if (worker.search.state === 'waits' && worker.waiting.hasRoom) worker.search.state = 'wanted';
    if (hasToFetch(worker) && !worker.refilling) void this.#refill(worker);
  }

  async #refill(worker: Worker): Promise<void> {
    worker.refilling = true;
    try {
      if (worker.search.state === 'wanted') await this.#searchOwners(worker);
      const now = this.#clock.now();
      // Rows of running tasks are the oldest: the limit leaves room for them.
      const limit = LINE_LENGTH + worker.running.size;
      for (const owner of worker.waiting.owners()) {
        worker.waiting.fetching(owner);
        const before = new Set(worker.running.keys());
        const rows = await this.#tasks.due(this.#storage.reader, worker.kind, owner, now, limit);
        // A task that ran when the rows were read may have ended since: its row is history.
        const waiting = rows.filter(({ key }) => !before.has(key) && !worker.running.has(key));
        worker.waiting.give(owner, waiting, rows.length === limit);
      }
      const next = await this.#tasks.nextRunAt(this.#storage.reader, worker.kind, now);
      if (next !== undefined) this.#wakeAt(worker, next);
    } catch (error) {
      this.#onError(error, worker.kind, undefined);
      this.#wakeAt(worker, this.#clock.now() + FIRST_BACKOFF_MS * 4);
    } finally {
      worker.refilling = false;
    }
    if (!worker.waiting.isEmpty || hasToFetch(worker)) setImmediate(() => this.#pump(worker));
  }

  /** Finds owners of tasks in the table, some at a time. */
  async #searchOwners({ kind, waiting, search }: Worker): Promise<void> {
    if (search.found === undefined) search.again = false;
    for (let count = 0; count < OWNERS_AT_ONCE; count += 1) {
      const owner = await this.#tasks.nextOwner(this.#storage.reader, kind, search.found);
      if (owner === undefined) {
        search.found = undefined;
        search.state = search.again ? 'wanted' : 'done';
        return;
      }
      if (!waiting.lookFor(owner)) {
        search.state = 'waits';
        return;
      }
      search.found = owner;
    }
  }

  #wakeNow(kind: string): void {
    const worker = this.#workers.get(kind);
    if (worker === undefined) return;
    clearTimeout(worker.timer);
    worker.timerAt = Infinity;
    wantSearch(worker);
    this.#pump(worker);
  }

  #wakeAt(worker: Worker, runAt: number): void {
    if (this.#stopped || worker.timerAt <= runAt) return;
    clearTimeout(worker.timer);
    worker.timerAt = runAt;
    // A timer may go off a little early: never ask the table before the time.
    const delay = Math.min(Math.max(runAt - this.#clock.now(), 0) + 1, LONGEST_TIMER_MS);
    worker.timer = setTimeout(() => {
      worker.timerAt = Infinity;
      wantSearch(worker);
      this.#pump(worker);
    }, delay);
    worker.timer.unref();
  }

  /** Runs the handler once and settles the row; ends with the key free again. */
  async #deliver(worker: Worker, task: WaitingTask, running: Running): Promise<void> {
    const { kind } = worker;
    const attempt = task.attempts + 1;
    const outcome = await this.#outcome(worker, task.key, attempt);
    switch (outcome.kind) {
      case 'done':
        if (running.completed === 'no')
          await this.#settle(kind, task.key, (tx) => this.complete(tx, kind, task.key));
        break;
      case 'retry':
      case 'wait': {
        if (running.completed === 'removed') break;
        const runAt = this.#clock.now() + Math.max(outcome.delayMs, 0);
        await this.#settle(kind, task.key, (tx) =>
          this.#tasks.reschedule(
            tx,
            kind,
            task.key,
            runAt,
            outcome.kind === 'wait' ? task.attempts : attempt,
          ),
        );
        break;
      }
      default:
        unreachable(outcome);
    }
    worker.running.delete(task.key);
    // What is still there of the task (a retry, one more enqueue) is found in the table.
    if (running.completed !== 'removed' && !worker.waiting.lookFor(running.owner)) wantSearch(worker);
    if (this.#stopped) {
      if (this.#runningTasks() === 0) this.#idle?.();
    } else this.#pump(worker);
  }

  async #outcome(worker: Worker, key: string, attempt: number): Promise<TaskOutcome> {
    try {
      return await worker.handler({ key, attempt });
    } catch (error) {
      this.#onError(error, worker.kind, key);
      return { kind: 'retry', delayMs: backoff(attempt) };
    }
  }

  /** Repeats the write until the store takes it; a stop gives up, the row is then as it was. */
  async #settle(kind: string, key: string, work: (tx: Tx) => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#storage.write(work);
      } catch (error) {
        this.#onError(error, kind, key);
      }
      if (this.#stopped) return;
      const { signal } = this.#stopping;
      // Rejects for one reason, the stop: then this is the last try.
      await sleep(backoff(attempt), undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}

function wantSearch({ search }: Worker): void {
  if (search.state === 'done') search.state = 'wanted';
  else search.again = true;
}

function hasToFetch({ search, waiting }: Worker): boolean {
  return search.state === 'wanted' || waiting.hasShortLines;
}

/** Delay before the delivery after `attempt`, ms; half of it random. */
function backoff(attempt: number): number {
  const full = Math.min(FIRST_BACKOFF_MS * 2 ** Math.min(attempt - 1, 20), LONGEST_BACKOFF_MS);
  return full / 2 + randomInt(full / 2);
}
