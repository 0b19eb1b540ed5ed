// Removes what deleted repositories leave behind: soon after each deletion, at a start what an earlier process did not
// come to, and again from time to time what failed.
import type { RepositoryRemoval } from '../domain/registry/index.ts';
import type { JobLog } from './log.ts';
import { type Repetition, repeat } from './repeat.ts';

export function startRemovingRepositories(deps: {
  readonly removal: RepositoryRemoval;
  readonly intervalMs: number;
  readonly log: JobLog;
}): Repetition {
  const { removal, log } = deps;
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  /** Whether a repository may have been deleted since the run that goes on looked for the last time. */
  let isAsked = false;

  async function run(): Promise<void> {
    try {
      while (isAsked && !stopping.signal.aborted) {
        isAsked = false;
        const removed = await removal.removeAll(stopping.signal);
        if (removed > 0) log.info({ removed }, 'the content of deleted repositories was removed');
      }
    } catch (error) {
      if (!stopping.signal.aborted)
        log.error({ err: error }, 'removing the content of deleted repositories failed; it is tried again');
    } finally {
      running = undefined;
    }
  }

  function begin(): Promise<void> {
    isAsked = true;
    running ??= run();
    return running;
  }

  removal.onRemains(() => void begin());
  void begin();
  const repetition = repeat(deps.intervalMs, begin, (error) => log.error({ err: error }, 'a timer failed'));
  return {
    async stop() {
      stopping.abort();
      await repetition.stop();
      await running;
    },
  };
}
