// A queue on a real store, for the contract tests of queues.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Metadata } from '../../src/adapters/metadata/open.ts';
import { openEmbeddedQueue } from '../../src/adapters/queue/embedded.ts';
import type { TaskQueue } from '../../src/domain/signing/ports.ts';
import { type Clock, systemClock } from '../../src/shared/clock.ts';
import { type Opened, openTemporary, unexpected } from './metadata-fixture.ts';

interface Test {
  after(fn: () => Promise<void> | void): void;
}

export async function openQueue(
  t: Test,
  metadata: Metadata,
  options: { readonly clock?: Clock; readonly errors?: unknown[] } = {},
): Promise<TaskQueue> {
  const queue = await openEmbeddedQueue({
    storage: metadata.storage,
    tasks: metadata.tasks,
    clock: options.clock ?? systemClock,
    onError: (error) => (options.errors === undefined ? unexpected(error) : options.errors.push(error)),
  });
  t.after(() => queue.stop());
  return queue;
}

// The queue stops before the store closes: the last `after` runs first would be wrong the other way round.
export async function open(t: Test, options: { readonly clock?: Clock; readonly errors?: unknown[] } = {}) {
  const hooks: (() => Promise<void> | void)[] = [];
  t.after(async () => {
    for (const hook of hooks.toReversed()) await hook();
  });
  const metadata: Opened = await openTemporary({ after: (hook) => hooks.push(hook) });
  // A directory is removed after the store in it is closed.
  hooks.reverse();
  const closing = hooks.splice(0);
  hooks.push(async () => {
    for (const hook of closing) await hook();
  });
  const queue = await openQueue({ after: (hook) => hooks.push(hook) }, metadata, options);
  return { metadata, queue };
}

export const enqueue = (metadata: Metadata, queue: TaskQueue, kind: string, key: string, owner?: string) =>
  metadata.storage.write((tx) => queue.enqueue(tx, kind, key, owner));

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000;
  while (!(await condition())) {
    assert.ok(performance.now() < end, 'it did not happen within 10 s');
    await sleep(2);
  }
}
