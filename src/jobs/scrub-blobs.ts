// Holds the files of blobs against their digests, round after round.
import type { Scrubber } from '../domain/registry/index.ts';
import type { JobLog } from './log.ts';
import { type Repetition, repeat } from './repeat.ts';

/** How often it is asked whether a round is due. */
const ASK_MS = 60_000;

export interface ScrubSchedule {
  readonly intervalMs: number | 'off';
  readonly bytesPerSecond: number;
}

export function startScrubbing(deps: {
  readonly scrubber: Scrubber;
  readonly schedule: ScrubSchedule;
  readonly log: JobLog;
}): Repetition {
  const { scrubber, log } = deps;
  const { intervalMs, bytesPerSecond } = deps.schedule;
  if (intervalMs === 'off') return { stop: () => Promise.resolve() };
  const ending = new AbortController();
  const { signal } = ending;
  const repetition = repeat(
    Math.min(ASK_MS, intervalMs),
    async () => {
      const scrubbed = await scrubber.scrub({ intervalMs, bytesPerSecond, signal });
      if (scrubbed === undefined) return;
      if (scrubbed.damaged + scrubbed.unreadable > 0)
        log.error(scrubbed, 'layer files were held against their digests: some are damaged');
      else log.info(scrubbed, 'layer files were held against their digests: all are whole');
    },
    (error) => {
      if (!signal.aborted)
        log.error({ err: error }, 'holding layer files against their digests failed; it goes on later');
    },
  );
  return {
    async stop() {
      ending.abort();
      await repetition.stop();
    },
  };
}
