// Turns what happens to signing jobs into log lines and counts. No payload, key or certificate is in them.

import type { SigningEvent } from '../domain/signing/index.ts';
import { unreachable } from '../shared/assert.ts';
import type { JobLog } from './log.ts';

export type SigningOutcome = Exclude<SigningEvent['kind'], 'retrying'> | 'retried';

/** Gives what `makeSigning` takes as `observe`. `count` and `duration` (ms, plan to publication) feed metrics. */
export function observeSigning(deps: {
  readonly log: JobLog;
  readonly count: (outcome: SigningOutcome) => void;
  readonly duration: (ms: number) => void;
}): (event: SigningEvent) => void {
  const { log, count, duration } = deps;
  return (event) => {
    switch (event.kind) {
      case 'planned':
        count('planned');
        return;
      case 'succeeded':
        count('succeeded');
        duration(event.durationMs);
        return;
      case 'failed':
        count('failed');
        log.warn({ jobId: event.jobId, code: event.code, reason: event.reason }, 'signing failed');
        return;
      case 'retrying': {
        const { jobId, attempt, delayMs, error } = event;
        count('retried');
        log.warn({ jobId, attempt, delayMs, err: error }, 'signing did not succeed; it is tried again');
        return;
      }
      default:
        unreachable(event);
    }
  };
}
