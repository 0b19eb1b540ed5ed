// Looks every second whether an operator accepts what was found in the audit trail.
import type { JobLog } from './log.ts';
import { type Repetition, repeat } from './repeat.ts';

const INTERVAL_MS = 1000;

export function startTakingAuditAcceptance(deps: {
  readonly step: () => Promise<void>;
  readonly log: JobLog;
}): Repetition {
  return repeat(INTERVAL_MS, deps.step, (error) =>
    deps.log.error({ err: error }, 'writing down what an operator accepts failed; it is tried again'),
  );
}
