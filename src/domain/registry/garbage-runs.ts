// Collections of garbage, one at a time, whoever asks for them: the schedule or an operator. What the last one did is
// remembered until the process ends.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../shared/clock.ts';
import { DomainError } from '../errors.ts';
import type { Collected, Collector } from './collect-garbage.ts';

export interface GarbageRun {
  readonly id: string;
  readonly dryRun: boolean;
  readonly graceMs: number;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly collected: Collected;
  readonly state:
    | { readonly status: 'RUNNING' }
    | { readonly status: 'COMPLETE'; readonly endedAt: number }
    | { readonly status: 'FAILED'; readonly endedAt: number; readonly error: unknown };
}

export interface GarbageRuns {
  /**
   * Begins a run and does not wait for it; `ended` resolves with the run at its end, however that came.
   * Throws Conflict while another one goes on.
   */
  start(options: { readonly graceMs: number; readonly dryRun: boolean }): {
    readonly run: GarbageRun;
    readonly ended: Promise<GarbageRun>;
  };
  latest(): GarbageRun | undefined;
  /** Ends a run that goes on, and waits for it; begins none any more. */
  stop(): Promise<void>;
}

export function makeGarbageRuns(deps: {
  readonly collector: Collector;
  readonly clock: Clock;
  /** Told at the end of each run. */
  readonly observe: (run: GarbageRun) => void;
}): GarbageRuns {
  const { collector, clock, observe } = deps;
  const ending = new AbortController();
  let latest: GarbageRun | undefined;
  let running: Promise<GarbageRun> | undefined;

  async function carryOut(begun: GarbageRun): Promise<GarbageRun> {
    let run = begun;
    try {
      const collected = await collector.collect({
        graceMs: run.graceMs,
        dryRun: run.dryRun,
        signal: ending.signal,
        onProgress: (soFar) => {
          run = { ...run, collected: soFar };
          latest = run;
        },
      });
      run = { ...run, collected, state: { status: 'COMPLETE', endedAt: clock.now() } };
    } catch (error) {
      run = { ...run, state: { status: 'FAILED', endedAt: clock.now(), error } };
    }
    latest = run;
    running = undefined;
    observe(run);
    return run;
  }

  return {
    start({ graceMs, dryRun }) {
      if (running !== undefined || ending.signal.aborted)
        throw new DomainError(
          'Conflict',
          'Garbage is being collected already; ask again when it has ended.',
          {},
        );
      const run: GarbageRun = {
        id: randomUUID(),
        dryRun,
        graceMs,
        startedAt: clock.now(),
        collected: { links: 0, blobs: 0, strayFiles: 0, freedBytes: 0 },
        state: { status: 'RUNNING' },
      };
      latest = run;
      running = carryOut(run);
      return { run, ended: running };
    },
    latest: () => latest,
    async stop() {
      ending.abort();
      await running;
    },
  };
}
