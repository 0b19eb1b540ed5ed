// Runs that a schedule begins beside the ones that operators ask for.
import { type Repetition, repeat } from './repeat.ts';

/** `begin` waits for the end of what it began. Stopping ends the run that goes on, whoever asked for it. */
export function scheduleRuns(deps: {
  readonly runs: { stop(): Promise<void> };
  readonly intervalMs: number | 'off';
  readonly begin: () => Promise<void>;
  readonly onError: (error: unknown) => void;
}): Repetition {
  const { runs, intervalMs } = deps;
  if (intervalMs === 'off') return { stop: () => runs.stop() };
  const repetition = repeat(intervalMs, deps.begin, deps.onError);
  return {
    async stop() {
      await runs.stop();
      await repetition.stop();
    },
  };
}
