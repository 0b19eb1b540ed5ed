// Child process of a crash test: enqueues and works until it is killed; prints `+key` for an acknowledged
// task and `-key` when its handler begins.
import { writeSync } from 'node:fs';
import { openMetadata } from '../../src/adapters/metadata/open.ts';
import { openEmbeddedQueue } from '../../src/adapters/queue/embedded.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { unexpected } from './metadata-fixture.ts';

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('usage: queue-writer PATH');
const { storage, tasks } = await openMetadata({ path, onError: unexpected });
const queue = await openEmbeddedQueue({ storage, tasks, clock: systemClock, onError: unexpected });
queue.work('sign', 4, async ({ key }) => {
  writeSync(1, `-${key}\n`);
  await storage.write((tx) => queue.complete(tx, 'sign', key));
  return { kind: 'done' };
});
for (let n = 0; ; n += 1) {
  const keys = [0, 1, 2, 3].map((k) => `${n}-${k}`);
  await Promise.all(keys.map((key) => storage.write((tx) => queue.enqueue(tx, 'sign', key))));
  for (const key of keys) writeSync(1, `+${key}\n`);
}
