// Removes what nobody uses, from time to time, while everything else goes on.
import { isDomainError } from '../domain/errors.ts';
import type { GarbageRun, GarbageRuns } from '../domain/registry/index.ts';
import type { JobLog } from './log.ts';
import { type Repetition, repeat } from './repeat.ts';

export interface GarbageSchedule {
  readonly intervalMs: number | 'off';
  readonly graceMs: number;
}

export function startCollectingGarbage(deps: {
  readonly runs: GarbageRuns;
  readonly schedule: GarbageSchedule;
  readonly log: JobLog;
}): Repetition {
  const { runs, log } = deps;
  const { intervalMs, graceMs } = deps.schedule;
  if (intervalMs === 'off') return { stop: () => runs.stop() };
  const repetition = repeat(
    intervalMs,
    async () => {
      await runs.start({ graceMs, dryRun: false }).ended;
    },
    // An operator's run goes on.
    (error) => log.info({ err: error }, 'garbage is collected later'),
  );
  return {
    async stop() {
      await runs.stop();
      await repetition.stop();
    },
  };
}

/** Gives what `makeGarbageRuns` takes as `observe`. */
export function observeGarbageRuns(deps: {
  readonly log: JobLog;
  readonly count: (run: GarbageRun) => void;
}): (run: GarbageRun) => void {
  return (run) => {
    const { id, dryRun, collected, state } = run;
    if (!dryRun) deps.count(run);
    const facts = { id, dryRun, ...collected };
    if (state.status !== 'FAILED') {
      const { links, blobs, strayFiles } = collected;
      if (links + blobs + strayFiles > 0) deps.log.info(facts, 'garbage collected');
    } else if (isDomainError(state.error, 'Conflict') || isAbort(state.error))
      deps.log.info({ ...facts, reason: String(state.error) }, 'garbage is collected later');
    else deps.log.error({ ...facts, err: state.error }, 'collecting garbage failed; it is tried again');
  };
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
