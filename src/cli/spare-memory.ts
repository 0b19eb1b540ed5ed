// Gives back the memory that only the loading of the program needed. V8 keeps it until it is short of memory, which a
// server that waits for its first client never is.
import { Session } from 'node:inspector/promises';

/** After the start's own requests. */
const AFTER_MS = 2000;

/** One whole collection, some 50 ms, a moment from now; gives a function that calls it off. */
export function collectOnce(onError: (error: unknown) => void): () => void {
  const timer = setTimeout(() => void collect().catch(onError), AFTER_MS);
  timer.unref();
  return () => clearTimeout(timer);
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
