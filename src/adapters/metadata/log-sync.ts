// Puts what was committed onto the disk. SQLite would do it within COMMIT, and nothing else would be answered meanwhile.
// Commits that come seldom are synced at once all the same: the way to a thread and back costs more than it saves then.
// States: nothing open -> the log is open (first sync) -> a thread syncs (when commits come one upon the other) -> the
// thread has ended: all is synced at once again.
import { closeSync, fdatasyncSync, openSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import { startThread } from './thread.ts';

/** Commits are many when each comes sooner after the last one (ms), and so many of them did. */
const BUSY_MS = 100;
const BUSY_COMMITS = 20;

export interface LogSync {
  /**
   * Resolves when all that was written to the log is on the disk; undefined: it is already. Throws or rejects with
   * the system's error when that is not certain. One at a time.
   */
  sync(): Promise<void> | undefined;
  close(): Promise<void>;
}

/** `path`: of the log, which must be there at the first sync. The rest is for tests. */
export function makeLogSync(path: string, busyMs = BUSY_MS, startSyncing = startThread): LogSync {
  let fd: number | undefined;
  let thread: Worker | undefined;
  let isReady = false;
  let lastEnd = Number.NEGATIVE_INFINITY;
  let inARow = 0;
  let waiting: PromiseWithResolvers<void> | undefined;

  function settle(fault: unknown): void {
    const waiter = waiting;
    waiting = undefined;
    lastEnd = performance.now();
    thread?.unref();
    if (fault === undefined) waiter?.resolve();
    else waiter?.reject(fault);
  }

  function start(log: number): void {
    thread = startSyncing('log-sync-thread', { fd: log });
    thread.once('online', () => {
      isReady = true;
    });
    thread.on('message', settle);
    // What it was asked for last is not certain: another sync would say that all is well with pages that it lost.
    const gone = (fault: unknown) => {
      isReady = false;
      if (waiting !== undefined) settle(fault);
    };
    thread.on('error', gone);
    thread.on('exit', () => gone(new Error('the thread that syncs the log has ended')));
  }

  return {
    sync() {
      fd ??= openSync(path, 'r+');
      inARow = performance.now() - lastEnd < busyMs ? inARow + 1 : 0;
      const isBusy = inARow >= BUSY_COMMITS;
      // It takes memory, which a server that has little to do is spared.
      if (isBusy && thread === undefined) start(fd);
      if (!isBusy || !isReady || thread === undefined) {
        fdatasyncSync(fd);
        lastEnd = performance.now();
        return undefined;
      }
      waiting = Promise.withResolvers();
      // Else a process that does nothing but wait for it would end.
      thread.ref();
      thread.postMessage('sync', []);
      return waiting.promise;
    },
    async close() {
      await thread?.terminate();
      if (fd !== undefined) closeSync(fd);
      fd = undefined;
    },
  };
}
