// Gives back the memory that only the loading of the program needed. V8 keeps it until it is short of memory, which a
// server that waits for its first client never is.
import { Session } from 'node:inspector/promises';
import { performance } from 'node:perf_hooks';

/** How long nothing much has to have been going on. */
const QUIET_MS = 2000;
/** Of that time, the part in which the event loop had work. */
const QUIET_PART = 0.05;

/**
 * One whole collection, some 50 ms in which nobody is served, as soon as nobody is there; gives a function that calls
 * it off.
 */
export function collectOnceQuiet(onError: (error: unknown) => void): () => void {
  let before = performance.eventLoopUtilization();
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    if (utilization > QUIET_PART) return;
    clearInterval(timer);
    void collect().catch(onError);
  }, QUIET_MS);
  timer.unref();
  return () => clearInterval(timer);
}

async function collect(): Promise<void> {
  const session = new Session();
  session.connect();
  try {
    // The only way to ask for it that needs no flag at the start of the process.
    await session.post('HeapProfiler.collectGarbage');
  } finally {
    session.disconnect();
  }
}
