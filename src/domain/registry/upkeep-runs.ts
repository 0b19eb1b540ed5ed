// The two kinds of upkeep that an operator may ask for beside their schedules.
import { type Collected, type Collector, NOTHING_COLLECTED } from './collect-garbage.ts';
import { makeRuns, type Run, type Runs, type RunsDeps } from './runs.ts';
import { NOTHING_SCRUBBED, type Scrubbed, type Scrubber, type ScrubOptions } from './scrub-blobs.ts';

export interface GarbageOptions {
  readonly graceMs: number;
  readonly dryRun: boolean;
}
export type GarbageRun = Run<GarbageOptions, Collected>;
export type GarbageRuns = Runs<GarbageOptions, Collected>;

export function makeGarbageRuns({
  collector,
  ...deps
}: RunsDeps<GarbageOptions, Collected> & { readonly collector: Collector }): GarbageRuns {
  return makeRuns({
    ...deps,
    work: (options) => collector.collect(options),
    nothing: NOTHING_COLLECTED,
    conflict: 'Garbage is being collected already',
    givesWay: () => false,
  });
}

export type ScrubRun = Run<ScrubOptions, Scrubbed>;
export type ScrubRuns = Runs<ScrubOptions, Scrubbed>;

export function makeScrubRuns({
  scrubber,
  ...deps
}: RunsDeps<ScrubOptions, Scrubbed> & { readonly scrubber: Scrubber }): ScrubRuns {
  return makeRuns({
    ...deps,
    work: (options) => scrubber.scrub(options),
    nothing: NOTHING_SCRUBBED,
    conflict: 'Layer files are being held against their digests already',
    // A round may take days at its pace, and goes on later where it was.
    givesWay: ({ scope }) => scope === 'round',
  });
}
