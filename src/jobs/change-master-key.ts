// Looks every second whether the master key is to be changed, and goes on with a change that was begun.
import type { JobLog } from './log.ts';
import { type Repetition, repeat } from './repeat.ts';

const INTERVAL_MS = 1000;

export function startChangingMasterKey(deps: {
  readonly step: () => Promise<void>;
  readonly log: JobLog;
}): Repetition {
  return repeat(INTERVAL_MS, deps.step, (error) =>
    deps.log.error({ err: error }, 'changing the master key failed; it is tried again'),
  );
}
