// A timer for background work: one run at a time, never at the same moment in every process, never keeping the
// process alive.
import { randomInt } from 'node:crypto';

export interface Repetition {
  /** No further run; resolves when a run under way has ended. */
  stop(): Promise<void>;
}

/**
 * Runs `work` about every `intervalMs`, for the first time after a tenth of it. Each wait is up to a tenth
 * longer, at random. `work` handles its own errors; one that escapes goes to `onError` and the next run comes.
 */
export function repeat(
  intervalMs: number,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): Repetition {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;

  function schedule(wait: number): void {
    timer = setTimeout(
      () => {
        running = work()
          .catch(onError)
          .finally(() => {
            if (!stopped) schedule(intervalMs);
          });
      },
      wait + randomInt(Math.max(1, Math.floor(intervalMs / 10))),
    );
    timer.unref();
  }

  schedule(Math.floor(intervalMs / 10));
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
