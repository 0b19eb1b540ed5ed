// Owners of tasks have their turns: much work of one holds up no other.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Metadata } from '../../src/adapters/metadata/open.ts';
import type { TaskQueue } from '../../src/domain/signing/ports.ts';
import { enqueue, open, openQueue, until } from './queue-fixture.ts';

describe('owners have their turns', () => {
  const CONCURRENCY = 16;

  /** What is delivered, in its order. */
  function deliveries(queue: TaskQueue, during?: (key: string) => Promise<void>): string[] {
    const keys: string[] = [];
    queue.work('sign', CONCURRENCY, async ({ key }) => {
      keys.push(key);
      await during?.(key);
      return { kind: 'done' };
    });
    return keys;
  }

  async function flood(metadata: Metadata, queue: TaskQueue, count: number): Promise<void> {
    await metadata.storage.write(async (tx) => {
      for (let n = 0; n < count; n += 1) await queue.enqueue(tx, 'sign', `many-${n}`, 'many');
    });
  }

  test('one task of another comes next, however many wait', async (t) => {
    const { metadata, queue } = await open(t);
    const keys = deliveries(queue, async (key) => {
      if (key === 'many-500') await enqueue(metadata, queue, 'sign', 'one', 'other');
    });
    await flood(metadata, queue, 1500);
    await until(() => queue.depth('sign') === 0);
    assert.equal(new Set(keys).size, 1501);
    const after = keys.indexOf('one') - keys.indexOf('many-500');
    assert.ok(after > 0 && after <= 3 * CONCURRENCY, `${after} tasks later`);
  });

  test('so they have after a restart, with a backlog that is in the table only', async (t) => {
    const { metadata, queue } = await open(t);
    await flood(metadata, queue, 1500);
    for (let n = 0; n < 5; n += 1) await enqueue(metadata, queue, 'sign', `few-${n}`, `zz-${n}`);
    await queue.stop();
    const next = await openQueue(t, metadata);
    const keys = deliveries(next);
    await until(() => next.depth('sign') === 0);
    await next.stop();
    assert.equal(new Set(keys).size, 1505);
    for (let n = 0; n < 5; n += 1) assert.ok(keys.indexOf(`few-${n}`) < 2 * CONCURRENCY, `few-${n}`);
  });

  test('thousands of owners are all served, new ones among them', async (t) => {
    const { metadata, queue } = await open(t);
    await metadata.storage.write(async (tx) => {
      for (let n = 0; n < 1500; n += 1) await queue.enqueue(tx, 'sign', `task-${n}`, `owner-${n}`);
    });
    await queue.stop();
    const next = await openQueue(t, metadata);
    let added = 0;
    const keys = deliveries(next, async () => {
      if (keys.length % 10 === 0 && added < 200) {
        added += 1;
        await enqueue(metadata, next, 'sign', `new-${added}`, `a-new-owner-${added}`);
      }
    });
    await until(() => next.depth('sign') === 0);
    await next.stop();
    assert.equal(keys.length, 1500 + added);
    assert.equal(new Set(keys).size, 1500 + added);
  });

  test('tasks that are tried again come again, whoever else waits', async (t) => {
    const { metadata, queue } = await open(t);
    const attempts = new Map<string, number>();
    queue.work('sign', 2, async ({ key, attempt }) => {
      attempts.set(key, attempt);
      return key.startsWith('many') || attempt >= 2 ? { kind: 'done' } : { kind: 'retry', delayMs: 5 };
    });
    for (let n = 0; n < 20; n += 1) await enqueue(metadata, queue, 'sign', `again-${n}`, `owner-${n % 3}`);
    await flood(metadata, queue, 500);
    await until(() => queue.depth('sign') === 0);
    for (let n = 0; n < 20; n += 1) assert.equal(attempts.get(`again-${n}`), 2);
  });
});
