// Work on many rows, some at a time: writers share a transaction, and nobody waits long for one of these.

const BATCH = 100;

/** Calls `work` with the size of a batch until it did fewer than that; gives how many in all. */
export async function inBatches(work: (limit: number) => Promise<number>): Promise<number> {
  let done = 0;
  for (let last = BATCH; last >= BATCH; done += last) last = await work(BATCH);
  return done;
}
