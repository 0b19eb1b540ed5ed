import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startExpiringUploads } from './expire-uploads.ts';

const quiet = { info: () => {}, warn: () => {}, error: () => {} };

test('frees batch after batch until fewer than a batch are left', async () => {
  const batches = [100, 100, 7];
  const limits: number[] = [];
  const logged = Promise.withResolvers<object>();
  const expiring = startExpiringUploads({
    uploads: {
      async expire(limit) {
        limits.push(limit);
        return batches[limits.length - 1] ?? 0;
      },
    },
    intervalMs: 10,
    log: { ...quiet, info: logged.resolve },
  });
  assert.deepEqual(await logged.promise, { freed: 207 });
  await expiring.stop();
  assert.deepEqual(limits.slice(0, 3), [100, 100, 100]);
});

test('a store that cannot free them now is logged and asked again', async () => {
  const logged = Promise.withResolvers<string>();
  const asked = Promise.withResolvers<void>();
  let calls = 0;
  const expiring = startExpiringUploads({
    uploads: {
      async expire() {
        calls += 1;
        if (calls === 1) throw new Error('read-only file system');
        asked.resolve();
        return 0;
      },
    },
    intervalMs: 5,
    log: { ...quiet, error: (_facts, message) => logged.resolve(message) },
  });
  assert.match(await logged.promise, /tried again/);
  await asked.promise;
  await expiring.stop();
});
