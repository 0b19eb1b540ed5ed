// What a worker thread runs first. With the cache of compiled code on, its modules need no type stripping there, which
// saves 10 MiB for each thread; the cache must be on before the first of them is loaded.
import { dirname } from 'node:path';

/** The program of a thread whose data is at least what `bootstrapData` gives. */
export const THREAD_BOOTSTRAP = `
const { workerData } = require('node:worker_threads');
if (workerData.compileCache !== undefined) require('node:module').enableCompileCache(workerData.compileCache);
import(workerData.entry);
`;

export interface BootstrapData {
  readonly entry: string;
  readonly compileCache: string | undefined;
}

/** `entry`: address of the module to run. `cacheDir`: where this thread's cache of compiled code is, if it is on. */
export function bootstrapData(entry: URL, cacheDir: string | undefined): BootstrapData {
  return { entry: entry.href, compileCache: cacheDir === undefined ? undefined : dirname(cacheDir) };
}
