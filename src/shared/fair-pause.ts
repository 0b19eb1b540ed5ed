// Pauses of background work by the time that it took, not by its turns: a turn that was given away for an instant only
// lets the others queue up behind the next piece of work.

/** Work goes on for this long before it waits, ms. */
const WORK_MS = 5;
/** The longest wait, ms. */
const WAIT_MS = 50;

/**
 * A pause to be awaited between pieces of work: resolves at once while little time has passed since the last wait, else
 * waits for as long as was worked. So background work takes about half of the time at most, others the rest.
 */
export function makeFairPause(sleep: (ms: number) => Promise<void>): () => Promise<void> {
  let since = performance.now();
  return async () => {
    const worked = performance.now() - since;
    if (worked < WORK_MS) return;
    await sleep(Math.min(worked, WAIT_MS));
    since = performance.now();
  };
}
