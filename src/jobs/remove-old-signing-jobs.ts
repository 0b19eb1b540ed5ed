// Removes signing jobs of which nothing is needed any more, a part of them each time.
import type { Signing } from '../domain/signing/index.ts';
import type { JobLog } from './log.ts';
import { type Repetition, repeat } from './repeat.ts';

/** Jobs looked at in one run: millions in a month. */
const LOOKED_AT = 20_000;

export function startRemovingOldSigningJobs(deps: {
  readonly oldJobs: Signing['oldJobs'];
  /** Lets others have their turn. */
  readonly pause: () => Promise<void>;
  readonly intervalMs: number;
  readonly log: JobLog;
}): Repetition {
  const { oldJobs, log } = deps;
  const stopping = new AbortController();
  const repetition = repeat(
    deps.intervalMs,
    async () => {
      let looked = 0;
      let removed = 0;
      while (looked < LOOKED_AT && !stopping.signal.aborted) {
        const step = await oldJobs.removeSome();
        looked += step.looked;
        removed += step.removed;
        if (step.isRoundOver) break;
        await deps.pause();
      }
      if (removed > 0) log.info({ removed }, 'signing jobs removed that ended two years ago or more');
    },
    (error) => log.error({ err: error }, 'removing old signing jobs failed; it is tried again'),
  );
  return {
    stop() {
      stopping.abort();
      return repetition.stop();
    },
  };
}
