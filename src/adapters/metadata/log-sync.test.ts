// The sync of the log at once and by the thread, on a real file.
import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { makeLogSync } from './log-sync.ts';
import { startThread } from './thread.ts';

function makeLog(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'sealport-log-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'm.db-wal');
  writeFileSync(path, 'log');
  return path;
}

/** Closes the file that the sync has open, as a fault that every sync meets. */
function breakLog(path: string): void {
  const probe = openSync(path, 'r');
  closeSync(probe);
  for (let fd = 3; fd <= probe + 64; fd += 1) {
    try {
      if (readlinkSync(`/proc/self/fd/${fd}`) === path) closeSync(fd);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

test('commits that come seldom are synced at once', (t) => {
  const log = makeLogSync(makeLog(t), 0);
  t.after(() => log.close());
  for (let n = 0; n < 3; n += 1) assert.equal(log.sync(), undefined);
});

test('commits that come one upon the other are synced by the thread', async (t) => {
  const log = makeLogSync(makeLog(t), Number.POSITIVE_INFINITY);
  t.after(() => log.close());
  let byThread = 0;
  for (const until = performance.now() + 10_000; byThread < 20 && performance.now() < until; ) {
    const pending = log.sync();
    if (pending === undefined) await sleep(1);
    else byThread += 1;
    await pending;
  }
  assert.equal(byThread, 20);
});

test('a fault reaches whoever waits, at once and by the thread', async (t) => {
  const path = makeLog(t);
  const log = makeLogSync(path, Number.POSITIVE_INFINITY);
  while (log.sync() === undefined) await sleep(1);
  await sleep(20);
  breakLog(path);
  await assert.rejects(async () => log.sync(), /EBADF/);
  const seldom = makeLogSync(path, 0);
  await seldom.sync();
  breakLog(path);
  assert.throws(() => seldom.sync(), /EBADF/);
});

test('when the thread ends, what waits is in doubt, and what comes is synced at once', async (t) => {
  const started: Worker[] = [];
  const log = makeLogSync(makeLog(t), Number.POSITIVE_INFINITY, (name, data) => {
    const thread = startThread(name, data);
    started.push(thread);
    return thread;
  });
  t.after(() => log.close());
  let pending: Promise<void> | undefined;
  while (pending === undefined) {
    pending = log.sync();
    await sleep(1);
  }
  await pending;
  const ended = started[0]?.terminate();
  const doubtful = log.sync();
  assert.ok(doubtful !== undefined, 'nobody has heard of the end yet');
  await assert.rejects(doubtful, /the thread that syncs the log has ended/);
  await ended;
  assert.equal(log.sync(), undefined);
  assert.equal(started.length, 1);
});

test('a log that is not there is an error', (t) => {
  assert.throws(() => makeLogSync(`${makeLog(t)}-none`).sync(), { code: 'ENOENT' });
});
