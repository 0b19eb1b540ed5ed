// Has what clients attached to images follow them when they were deleted.
import type { ReferrerRemoval } from '../domain/registry/index.ts';
import type { JobLog } from './log.ts';
import { type Repetition, repeat } from './repeat.ts';

export function startRemovingReferrers(deps: {
  readonly removal: ReferrerRemoval;
  readonly intervalMs: number;
  readonly log: JobLog;
}): Repetition {
  const { removal, log } = deps;
  const stopping = new AbortController();
  const repetition = repeat(
    deps.intervalMs,
    async () => {
      const removed = await removal.removeDue(stopping.signal);
      if (removed > 0) log.info({ removed }, 'referrers of deleted images were removed');
    },
    (error) => {
      if (!stopping.signal.aborted)
        log.error({ err: error }, 'removing referrers of deleted images failed; it is tried again');
    },
  );
  return {
    stop() {
      stopping.abort();
      return repetition.stop();
    },
  };
}
