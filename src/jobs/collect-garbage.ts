// Removes what nobody uses, from time to time, while everything else goes on.
import { isDomainError } from '../domain/errors.ts';
import type { GarbageRun, GarbageRuns } from '../domain/registry/index.ts';
import { unreachable } from '../shared/assert.ts';
import type { JobLog } from './log.ts';
import type { Repetition } from './repeat.ts';
import { scheduleRuns } from './schedule-runs.ts';

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
  return scheduleRuns({
    runs,
    intervalMs,
    begin: async () => {
      await runs.start({ graceMs, dryRun: false }).ended;
    },
    // An operator's run goes on.
    onError: (error) => log.info({ err: error }, 'garbage is collected later'),
  });
}

/** Gives what `makeGarbageRuns` takes as `observe`. */
export function observeGarbageRuns(deps: {
  readonly log: JobLog;
  readonly count: (run: GarbageRun) => void;
}): (run: GarbageRun) => void {
  const { log } = deps;
  return (run) => {
    const { id, options, progress, state } = run;
    const { dryRun } = options;
    if (!dryRun) deps.count(run);
    const facts = { id, dryRun, ...progress };
    switch (state.status) {
      case 'RUNNING':
        return;
      case 'COMPLETE': {
        const { links, blobs, strayFiles } = progress;
        if (links + blobs + strayFiles > 0) log.info(facts, 'garbage collected');
        return;
      }
      case 'STOPPED':
        log.info(facts, 'collecting garbage was ended; the rest is collected later');
        return;
      case 'FAILED':
        if (isDomainError(state.error, 'Conflict'))
          log.info({ ...facts, reason: String(state.error) }, 'garbage is collected later');
        else log.error({ ...facts, err: state.error }, 'collecting garbage failed; it is tried again');
        return;
      default:
        unreachable(state);
    }
  };
}
