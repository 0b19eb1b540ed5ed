// Removes what nobody uses, from time to time, while everything else goes on.
import type { Collected, Collector } from '../domain/registry/index.ts';
import type { JobLog } from './log.ts';
import { type Repetition, repeat } from './repeat.ts';

export interface GarbageSchedule {
  readonly intervalMs: number | 'off';
  readonly graceMs: number;
  /** Told what each run removed, for metrics. */
  readonly observe: (collected: Collected) => void;
}

export function startCollectingGarbage(deps: {
  readonly collector: Collector;
  readonly schedule: GarbageSchedule;
  readonly log: JobLog;
}): Repetition {
  const { collector, log } = deps;
  const { intervalMs, graceMs, observe } = deps.schedule;
  if (intervalMs === 'off') return { stop: () => Promise.resolve() };
  const ending = new AbortController();
  const repetition = repeat(
    intervalMs,
    async () => {
      const collected = await collector.collect({ graceMs, signal: ending.signal });
      observe(collected);
      const { links, blobs, strayFiles } = collected;
      if (links + blobs + strayFiles > 0) log.info(collected, 'garbage collected');
    },
    (error) => {
      if (!ending.signal.aborted) log.error({ err: error }, 'collecting garbage failed; it is tried again');
    },
  );
  return {
    async stop() {
      ending.abort();
      await repetition.stop();
    },
  };
}
