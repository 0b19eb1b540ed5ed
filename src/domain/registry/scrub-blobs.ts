// Reads every blob file, so that damage is found while another copy still exists: slowly, in rounds from time to time,
// or all at once when an operator asks for it. How far a round came is written down: a restart goes on there.
import type { Clock } from '../../shared/clock.ts';
import { type Digest, digestHex, isDigest } from '../../shared/digest.ts';
import { isDomainError } from '../errors.ts';
import type { Storage } from '../storage.ts';
import type { BlobFault, Garbage, UpkeepPositions } from './garbage-ports.ts';
import type { Inspector } from './inspect-blobs.ts';
import type { RunControl } from './runs.ts';

const TASK = 'scrub';
/** Rows looked at in one query. */
const PAGE = 200;
/** The position is written down after this many bytes. */
const STEP_BYTES = 64 * 1024 * 1024;
/** Shorter waits than this (ms) are saved up. */
const SHORTEST_WAIT_MS = 20;
/** Files that are named; more are only counted. */
const NAMED = 200;

export interface ScrubOptions {
  /**
   * `round`: goes on with the round that was not brought to its end, or begins one.
   * `all`: from the first file to the last, whatever the round; its end is the end of a round, too.
   */
  readonly scope: 'round' | 'all';
  /** Else as fast as the disk gives. */
  readonly bytesPerSecond?: number;
}

export interface ScrubFinding {
  readonly digest: Digest;
  readonly fault: BlobFault | 'unreadable';
}

export interface Scrubbed {
  readonly blobs: number;
  readonly bytes: number;
  /** About the part of all files that is done, 0 to 1. */
  readonly part: number;
  readonly damaged: number;
  /** Files that could not be read now, for another reason than their content. */
  readonly unreadable: number;
  /** The first ones of both. */
  readonly faults: readonly ScrubFinding[];
}

export const NOTHING_SCRUBBED: Scrubbed = {
  blobs: 0,
  bytes: 0,
  part: 0,
  damaged: 0,
  unreadable: 0,
  faults: [],
};

export interface ScrubberDeps {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly garbage: Garbage;
  readonly positions: UpkeepPositions;
  readonly inspector: Inspector;
  /** Lets others have their turn. */
  readonly pause: () => Promise<void>;
  /** Rejects when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface Scrubber {
  /** Whether a round was begun and not ended, or the last one began as long ago (ms). */
  isDue(intervalMs: number): Promise<boolean>;
  scrub(options: ScrubOptions & RunControl<Scrubbed>): Promise<Scrubbed>;
}

export function makeScrubber(deps: ScrubberDeps): Scrubber {
  const { storage, clock, garbage, positions, inspector } = deps;

  /** `after`: where it goes on, unless it came to its end. */
  async function lastRound() {
    const last = await positions.find(storage.reader, TASK);
    if (last === undefined) return undefined;
    return { beganAt: last.roundBeganAt, after: isDigest(last.position) ? last.position : undefined };
  }

  return {
    async isDue(intervalMs) {
      const last = await lastRound();
      return last === undefined || last.after !== undefined || clock.now() - last.beganAt >= intervalMs;
    },

    async scrub({ scope, bytesPerSecond, signal, onProgress }) {
      const last = scope === 'round' ? await lastRound() : undefined;
      let after = last?.after;
      const roundBeganAt = last === undefined || after === undefined ? clock.now() : last.beganAt;
      let scrubbed = NOTHING_SCRUBBED;
      let sincePut = 0;
      let owedMs = 0;

      const note = (change: Partial<Scrubbed>): void => {
        scrubbed = { ...scrubbed, ...change };
        onProgress(scrubbed);
      };

      const find = (fault: ScrubFinding): void => {
        const { damaged, unreadable, faults } = scrubbed;
        note({
          ...(fault.fault === 'unreadable' ? { unreadable: unreadable + 1 } : { damaged: damaged + 1 }),
          ...(faults.length < NAMED ? { faults: [...faults, fault] } : {}),
        });
      };

      /** A scrub of all leaves the round where it is until it has done the same and more. */
      const put = async (position: Digest | ''): Promise<void> => {
        sincePut = 0;
        if (scope === 'round' || position === '')
          await storage.write((tx) => positions.put(tx, TASK, { position, roundBeganAt }));
      };

      const pace = async (bytes: number): Promise<void> => {
        sincePut += bytes;
        note({ bytes: scrubbed.bytes + bytes });
        signal.throwIfAborted();
        if (bytesPerSecond === undefined) return deps.pause();
        owedMs += (bytes * 1000) / bytesPerSecond;
        if (owedMs < SHORTEST_WAIT_MS) return;
        const wait = owedMs;
        owedMs = 0;
        await deps.sleep(wait, signal);
      };

      do {
        const page = await garbage.files(storage.reader, {
          limit: PAGE,
          ...(after === undefined ? {} : { after }),
        });
        for (const blob of page.items) {
          signal.throwIfAborted();
          const { digest } = blob;
          const outcome = await inspector.inspect(blob, pace).catch((error: unknown) => {
            if (isDomainError(error, 'StorageUnavailable')) return 'unreadable' as const;
            throw error;
          });
          if (outcome !== 'whole' && outcome !== 'gone') find({ digest, fault: outcome });
          note({ blobs: scrubbed.blobs + 1, part: partBefore(digest) });
          if (sincePut >= STEP_BYTES) await put(digest);
        }
        after = page.next;
        await put(after ?? '');
        // A page of blobs that have no file costs no wait of its own.
        if (after !== undefined) await deps.sleep(1, signal);
      } while (after !== undefined);
      note({ part: 1 });
      return scrubbed;
    },
  };
}

/** Digests are spread evenly, so a place in their order says which part of them comes before, without counting. */
function partBefore(digest: Digest): number {
  return Number.parseInt(digestHex(digest).slice(0, 6), 16) / 0x1_00_00_00;
}
