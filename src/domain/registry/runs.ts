// Work of which one run goes on at a time, whoever asks for it: the schedule or an operator. What the last run did is
// remembered until the process ends.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../shared/clock.ts';
import { DomainError } from '../errors.ts';

export interface Run<Options, Progress> {
  readonly id: string;
  readonly options: Options;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly progress: Progress;
  /** STOPPED: somebody ended it before it was done. */
  readonly state:
    | { readonly status: 'RUNNING' }
    | { readonly status: 'COMPLETE' | 'STOPPED'; readonly endedAt: number }
    | { readonly status: 'FAILED'; readonly endedAt: number; readonly error: unknown };
}

export interface Runs<Options, Progress> {
  /**
   * Begins a run and does not wait for it; `ended` resolves with the run at its end, however that came.
   * Throws Conflict while another one goes on that does not give way.
   */
  start(options: Options): {
    readonly run: Run<Options, Progress>;
    readonly ended: Promise<Run<Options, Progress>>;
  };
  latest(): Run<Options, Progress> | undefined;
  /** Ends the run that goes on, if one does, and gives the latest one. */
  end(): Promise<Run<Options, Progress> | undefined>;
  /** The same; and begins none any more. */
  stop(): Promise<void>;
}

/** By which a run is watched and ended: work rejects with an AbortError when the signal aborts. */
export interface RunControl<Progress> {
  readonly signal: AbortSignal;
  readonly onProgress: (soFar: Progress) => void;
}

export interface RunsDeps<Options, Progress> {
  readonly clock: Clock;
  /** Told at the end of each run. */
  readonly observe: (run: Run<Options, Progress>) => void;
}

export function makeRuns<Options extends object, Progress>(
  deps: RunsDeps<Options, Progress> & {
    readonly work: (options: Options & RunControl<Progress>) => Promise<Progress>;
    /** What a run has done at its beginning. */
    readonly nothing: Progress;
    /** Says what goes on already. */
    readonly conflict: string;
    /** Whether a run is ended when another one is asked for that does not give way itself. */
    readonly givesWay: (options: Options) => boolean;
  },
): Runs<Options, Progress> {
  const { clock, observe, work, givesWay } = deps;
  let latest: Run<Options, Progress> | undefined;
  let ending = new AbortController();
  let ended: Promise<Run<Options, Progress>> | undefined;
  let isOver = false;

  async function carryOut(
    begun: Run<Options, Progress>,
    signal: AbortSignal,
    before: Promise<unknown> | undefined,
  ): Promise<Run<Options, Progress>> {
    let run = begun;
    const note = (change: Partial<Run<Options, Progress>>): void => {
      run = { ...run, ...change };
      if (latest?.id === run.id) latest = run;
    };
    try {
      await before;
      signal.throwIfAborted();
      const onProgress = (progress: Progress): void => note({ progress });
      const progress = await work({ ...run.options, signal, onProgress });
      note({ progress, state: { status: 'COMPLETE', endedAt: clock.now() } });
    } catch (error) {
      const endedAt = clock.now();
      const isStopped = signal.aborted && error instanceof Error && error.name === 'AbortError';
      note({ state: isStopped ? { status: 'STOPPED', endedAt } : { status: 'FAILED', endedAt, error } });
    }
    observe(run);
    return run;
  }

  async function end(): Promise<Run<Options, Progress> | undefined> {
    ending.abort();
    await ended;
    return latest;
  }

  return {
    start(options) {
      const isFree = latest?.state.status !== 'RUNNING' || (givesWay(latest.options) && !givesWay(options));
      if (isOver || !isFree)
        throw new DomainError('Conflict', `${deps.conflict}; ask again when that has ended.`, {});
      const run: Run<Options, Progress> = {
        id: randomUUID(),
        options,
        startedAt: clock.now(),
        progress: deps.nothing,
        state: { status: 'RUNNING' },
      };
      ending.abort();
      ending = new AbortController();
      latest = run;
      ended = carryOut(run, ending.signal, ended);
      return { run, ended };
    },
    latest: () => latest,
    end,
    async stop() {
      isOver = true;
      await end();
    },
  };
}
