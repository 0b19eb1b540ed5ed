// How a thread of the metadata store is started: with little memory, and so that it keeps no process alive.
import { Worker } from 'node:worker_threads';

/** `name`: of the module beside this one, without its extension, which is another one when it is published. */
export function startThread(name: string, workerData: object): Worker {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const thread = new Worker(new URL(`./${name}.${extension}`, import.meta.url), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 },
  });
  thread.unref();
  return thread;
}
