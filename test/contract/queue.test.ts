import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { openMetadata } from '../../src/adapters/metadata/open.ts';
import type { Task, TaskOutcome } from '../../src/domain/signing/ports.ts';
import { newRepository, temporaryDirectory, unexpected } from './metadata-fixture.ts';
import { enqueue, open, openQueue, until } from './queue-fixture.ts';

test('a task is delivered after the commit, once, and is gone when done', async (t) => {
  const { metadata, queue } = await open(t);
  const tasks: Task[] = [];
  queue.work('sign', 2, async (task) => {
    tasks.push(task);
    return { kind: 'done' };
  });
  await enqueue(metadata, queue, 'sign', 'a');
  await until(() => queue.depth('sign') === 0);
  assert.deepEqual(tasks, [{ key: 'a', attempt: 1 }]);
  assert.deepEqual(await metadata.tasks.counts(metadata.storage.reader), []);
});

test('an enqueue that is rolled back delivers nothing', async (t) => {
  const { metadata, queue } = await open(t);
  queue.work('sign', 2, async () => assert.fail('delivered'));
  await assert.rejects(
    metadata.storage.write(async (tx) => {
      await queue.enqueue(tx, 'sign', 'a');
      throw new Error('rolled back');
    }),
    /rolled back/,
  );
  for (let n = 0; n < 20; n += 1) await turn();
  assert.equal(queue.depth('sign'), 0);
});

test('a task that is enqueued several times before it runs is one task', async (t) => {
  const { metadata, queue } = await open(t);
  await Promise.all([1, 2, 3].map(() => enqueue(metadata, queue, 'sign', 'a')));
  assert.equal(queue.depth('sign'), 1);
  const keys: string[] = [];
  queue.work('sign', 4, async ({ key }) => {
    keys.push(key);
    return { kind: 'done' };
  });
  await until(() => queue.depth('sign') === 0);
  assert.deepEqual(keys, ['a']);
});

test('a task that is enqueued while it runs runs again afterwards, never at the same time', async (t) => {
  const { metadata, queue } = await open(t);
  let running = 0;
  let runs = 0;
  const first = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  queue.work('sign', 4, async () => {
    runs += 1;
    running += 1;
    assert.equal(running, 1);
    started.resolve();
    if (runs === 1) await first.promise;
    running -= 1;
    return { kind: 'done' };
  });
  await enqueue(metadata, queue, 'sign', 'a');
  await started.promise;
  await enqueue(metadata, queue, 'sign', 'a');
  first.resolve();
  await until(() => runs === 2 && queue.depth('sign') === 0);
});

test('a task that is enqueued after its complete has committed, before the handler returns, runs again', async (t) => {
  const { metadata, queue } = await open(t);
  let runs = 0;
  queue.work('sign', 4, async ({ key }) => {
    runs += 1;
    await metadata.storage.write((tx) => queue.complete(tx, 'sign', key));
    if (runs === 1) await enqueue(metadata, queue, 'sign', key);
    return { kind: 'done' };
  });
  await enqueue(metadata, queue, 'sign', 'a');
  await until(() => runs === 2 && queue.depth('sign') === 0);
});

test('complete in a transaction that is rolled back leaves the task', async (t) => {
  const errors: unknown[] = [];
  const { metadata, queue } = await open(t, { errors });
  const attempts: number[] = [];
  queue.work('sign', 1, async ({ key, attempt }) => {
    attempts.push(attempt);
    await metadata.storage.write(async (tx) => {
      await queue.complete(tx, 'sign', key);
      if (attempt === 1) throw new Error('rolled back');
    });
    return { kind: 'done' };
  });
  await enqueue(metadata, queue, 'sign', 'a');
  await until(() => queue.depth('sign') === 0);
  assert.deepEqual(attempts, [1, 2]);
  assert.equal(errors.length, 1);
});

test('a retry comes after its delay with the next attempt, kept in the table', async (t) => {
  const { metadata, queue } = await open(t);
  const times: number[] = [];
  queue.work('sign', 1, async ({ attempt }) => {
    times.push(performance.now());
    return attempt < 3 ? { kind: 'retry', delayMs: 60 } : { kind: 'done' };
  });
  await enqueue(metadata, queue, 'sign', 'a');
  await until(() => times.length === 1);
  await until(async () => {
    const [task] = await metadata.tasks.due(metadata.storage.reader, 'sign', '', Date.now() + 10_000, 10);
    return task?.attempts === 1;
  });
  assert.equal(queue.depth('sign'), 1);
  await until(() => queue.depth('sign') === 0);
  assert.equal(times.length, 3);
  for (const n of [1, 2]) assert.ok((times[n] ?? 0) - (times[n - 1] ?? 0) >= 59, times.join());
});

test('a handler that throws is reported and tried again with a backoff', async (t) => {
  const errors: unknown[] = [];
  const { metadata, queue } = await open(t, { errors });
  const fault = new Error('handler');
  let first = 0;
  let second = 0;
  queue.work('sign', 1, async ({ attempt }) => {
    if (attempt === 1) {
      first = performance.now();
      throw fault;
    }
    second = performance.now();
    return { kind: 'done' };
  });
  await enqueue(metadata, queue, 'sign', 'a');
  await until(() => queue.depth('sign') === 0);
  assert.deepEqual(errors, [fault]);
  assert.ok(second - first >= 124, 'at least half of the first backoff');
});

test('at most `concurrency` tasks of a kind run, the oldest first, and kinds do not hold up each other', async (t) => {
  let now = 1000;
  const { metadata, queue } = await open(t, { clock: { now: () => now++ } });
  for (let n = 0; n < 20; n += 1) await enqueue(metadata, queue, 'sign', `k${n}`);
  await enqueue(metadata, queue, 'other', 'x');
  const order: string[] = [];
  let running = 0;
  let most = 0;
  queue.work('sign', 3, async ({ key }) => {
    order.push(key);
    running += 1;
    most = Math.max(most, running);
    await sleep(1);
    running -= 1;
    return { kind: 'done' };
  });
  let other = false;
  queue.work('other', 1, async () => {
    other = true;
    return { kind: 'done' };
  });
  await until(() => queue.depth('sign') === 0 && other);
  assert.equal(most, 3);
  assert.deepEqual(
    order,
    Array.from({ length: 20 }, (_, n) => `k${n}`),
  );
});

test('a backlog beyond what is kept in memory is delivered whole, each task once', async (t) => {
  const { metadata, queue } = await open(t);
  const total = 5000;
  await metadata.storage.write(async (tx) => {
    for (let n = 0; n < total; n += 1) await queue.enqueue(tx, 'sign', `k${n}`);
  });
  assert.equal(queue.depth('sign'), total);
  const seen = new Map<string, number>();
  queue.work('sign', 64, async ({ key }) => {
    seen.set(key, (seen.get(key) ?? 0) + 1);
    return { kind: 'done' };
  });
  // More come while it works.
  for (let n = total; n < total + 500; n += 1) await enqueue(metadata, queue, 'sign', `k${n}`);
  await until(() => queue.depth('sign') === 0);
  assert.equal(seen.size, total + 500);
  assert.deepEqual(
    [...seen.values()].filter((times) => times !== 1),
    [],
  );
});

test('stop delivers nothing more and waits for what runs; the rest is delivered by the next process', async (t) => {
  const { metadata, queue } = await open(t);
  const gate = Promise.withResolvers<void>();
  const started: string[] = [];
  let ended = 0;
  queue.work('sign', 2, async ({ key }) => {
    started.push(key);
    await gate.promise;
    ended += 1;
    return { kind: 'done' };
  });
  for (const key of ['a', 'b', 'c']) await enqueue(metadata, queue, 'sign', key);
  await until(() => started.length === 2);
  const stopped = queue.stop();
  gate.resolve();
  await stopped;
  assert.equal(ended, 2);
  await enqueue(metadata, queue, 'sign', 'd');
  assert.deepEqual(started, ['a', 'b']);

  const next = await openQueue(t, metadata);
  assert.equal(next.depth('sign'), 2);
  const rest: string[] = [];
  next.work('sign', 1, async ({ key }) => {
    rest.push(key);
    return { kind: 'done' };
  });
  await until(() => next.depth('sign') === 0);
  await next.stop();
  assert.deepEqual(rest, ['c', 'd']);
});

test('a delayed task of an earlier process is due at once', async (t) => {
  const { metadata, queue } = await open(t);
  queue.work('sign', 1, async () => ({ kind: 'retry', delayMs: 3_600_000 }));
  await enqueue(metadata, queue, 'sign', 'a');
  await until(async () => {
    const [task] = await metadata.tasks.due(metadata.storage.reader, 'sign', '', Date.now() + 7_200_000, 1);
    return task?.attempts === 1;
  });
  await queue.stop();
  const next = await openQueue(t, metadata);
  const attempts: number[] = [];
  next.work('sign', 1, async ({ attempt }) => {
    attempts.push(attempt);
    return { kind: 'done' };
  });
  await until(() => next.depth('sign') === 0);
  await next.stop();
  assert.deepEqual(attempts, [2]);
});

test('a second handler for a kind and a senseless concurrency are refused', async (t) => {
  const { queue } = await open(t);
  const handler = async () => ({ kind: 'done' }) as const;
  queue.work('sign', 1, handler);
  assert.throws(() => queue.work('sign', 1, handler), /have a handler already/);
  for (const concurrency of [0, -1, 1.5, Number.NaN])
    assert.throws(() => queue.work('other', concurrency, handler), RangeError);
});

test('after a kill -9 every acknowledged task is delivered', async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'm.db');
  const child = spawn(process.execPath, [new URL('./queue-writer.ts', import.meta.url).pathname, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.split('\n').length > 200) child.kill('SIGKILL');
  });
  await once(child, 'close');
  const lines = output.split('\n').slice(0, -1);
  const acknowledged = lines.filter((line) => line.startsWith('+')).map((line) => line.slice(1));
  const done = new Set(lines.filter((line) => line.startsWith('-')).map((line) => line.slice(1)));
  assert.ok(acknowledged.length > 50);

  const metadata = await openMetadata({ path, onError: unexpected });
  const queue = await openQueue(t, metadata);
  const delivered = new Set<string>();
  queue.work('sign', 8, async ({ key }) => {
    delivered.add(key);
    return { kind: 'done' };
  });
  await until(() => queue.depth('sign') === 0);
  await queue.stop();
  for (const key of acknowledged) assert.ok(done.has(key) || delivered.has(key), `${key} is lost`);
  await metadata.storage.write((tx) => metadata.repositories.insert(tx, newRepository('alive')));
  await metadata.close();
});

test('a kind that is held is not delivered, other kinds are; released, all of it is, whatever the clock showed', async (t) => {
  let ahead = 0;
  const { metadata, queue } = await open(t, { clock: { now: () => Date.now() + ahead } });
  const delivered: Task[] = [];
  let outcome: TaskOutcome = { kind: 'retry', delayMs: 0 };
  const handler = async (task: Task): Promise<TaskOutcome> => {
    delivered.push(task);
    return outcome;
  };
  // Put off by a clock that is a year ahead.
  ahead = 365 * 86_400_000;
  outcome = { kind: 'wait', delayMs: 60_000 };
  queue.work('sign', 2, handler);
  queue.work('other', 2, async () => ({ kind: 'done' }));
  await enqueue(metadata, queue, 'sign', 'early');
  await until(() => delivered.length === 1);
  ahead = 0;

  queue.hold('sign');
  await enqueue(metadata, queue, 'sign', 'late');
  await enqueue(metadata, queue, 'other', 'o');
  await until(() => queue.depth('other') === 0);
  await sleep(50);
  assert.equal(delivered.length, 1);
  assert.equal(queue.depth('sign'), 2);

  outcome = { kind: 'done' };
  queue.release('sign');
  await until(() => queue.depth('sign') === 0);
  // A delivery that waited was no attempt.
  assert.deepEqual(
    new Map(delivered.slice(1).map(({ key, attempt }) => [key, attempt])),
    new Map([
      ['early', 1],
      ['late', 1],
    ]),
  );
});
