// Holds layers and manifests against their digests, round after round.
import { isDomainError } from '../domain/errors.ts';
import type { DamageReport, Scrubber, ScrubRun, ScrubRuns } from '../domain/registry/index.ts';
import { unreachable } from '../shared/assert.ts';
import type { JobLog } from './log.ts';
import type { Repetition } from './repeat.ts';
import { scheduleRuns } from './schedule-runs.ts';

/** How often it is asked whether a round is due. */
const ASK_MS = 60_000;

export interface ScrubSchedule {
  readonly intervalMs: number | 'off';
  readonly bytesPerSecond: number;
}

export function startScrubbing(deps: {
  readonly runs: ScrubRuns;
  readonly scrubber: Scrubber;
  readonly schedule: ScrubSchedule;
  readonly log: JobLog;
}): Repetition {
  const { runs, scrubber, log } = deps;
  const { intervalMs, bytesPerSecond } = deps.schedule;
  return scheduleRuns({
    runs,
    intervalMs: intervalMs === 'off' ? 'off' : Math.min(ASK_MS, intervalMs),
    begin: async () => {
      const isOperatorsTurn = runs.latest()?.state.status === 'RUNNING';
      if (isOperatorsTurn || intervalMs === 'off' || !(await scrubber.isDue(intervalMs))) return;
      await runs.start({ scope: 'round', bytesPerSecond }).ended;
    },
    onError: (error) => {
      if (isDomainError(error, 'Conflict'))
        log.info({ err: error }, 'layers and manifests are held against their digests later');
      else
        log.error(
          { err: error },
          'holding layers and manifests against their digests failed; it goes on later',
        );
    },
  });
}

/** Gives what `makeRegistry` takes as `onDamage`. */
export function observeDamage({ log }: { readonly log: JobLog }): (report: DamageReport) => void {
  return (report) =>
    report.repositoryName === undefined
      ? log.error(report, 'a layer is damaged; pushing the layer again heals it')
      : log.error(report, 'a manifest is damaged; pushing the image again heals it');
}

/** Gives what `makeScrubRuns` takes as `observe`. */
export function observeScrubRuns({ log }: { readonly log: JobLog }): (run: ScrubRun) => void {
  return ({ id, options, progress, state }) => {
    const { manifests, blobs, bytes, damaged, unreadable } = progress;
    const facts = { id, scope: options.scope, manifests, blobs, bytes, damaged, unreadable };
    switch (state.status) {
      case 'RUNNING':
        return;
      case 'COMPLETE':
        if (damaged + unreadable > 0)
          log.error(facts, 'layers and manifests were held against their digests: some are damaged');
        else log.info(facts, 'layers and manifests were held against their digests: all are whole');
        return;
      case 'STOPPED':
        log.info(facts, 'holding layers and manifests against their digests was ended; it goes on later');
        return;
      case 'FAILED':
        log.error(
          { ...facts, err: state.error },
          'holding layers and manifests against their digests failed; it goes on later',
        );
        return;
      default:
        unreachable(state);
    }
  };
}
