// Reads every blob file from time to time, slowly, so that damage is found while another copy still exists. How far a
// round came is written down: a restart goes on there.
import type { Clock } from '../../shared/clock.ts';
import { type Digest, isDigest } from '../../shared/digest.ts';
import { isDomainError } from '../errors.ts';
import type { Storage } from '../storage.ts';
import type { Garbage, UpkeepPositions } from './garbage-ports.ts';
import type { Inspector } from './inspect-blobs.ts';

const TASK = 'scrub';
/** Rows looked at in one query. */
const PAGE = 200;
/** The position is written down after this many bytes. */
const STEP_BYTES = 64 * 1024 * 1024;
/** Shorter waits than this (ms) are saved up. */
const SHORTEST_WAIT_MS = 20;

export interface ScrubOptions {
  /** From the beginning of a round to that of the next, ms. */
  readonly intervalMs: number;
  readonly bytesPerSecond: number;
  readonly signal: AbortSignal;
}

export interface Scrubbed {
  readonly blobs: number;
  readonly bytes: number;
  readonly damaged: number;
  /** Files that could not be read now, for another reason than their content. */
  readonly unreadable: number;
}

export interface ScrubberDeps {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly garbage: Garbage;
  readonly positions: UpkeepPositions;
  readonly inspector: Inspector;
  /** Rejects when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface Scrubber {
  /** Goes on with the round to its end, or begins one when it is time; undefined when it is not. */
  scrub(options: ScrubOptions): Promise<Scrubbed | undefined>;
}

export function makeScrubber(deps: ScrubberDeps): Scrubber {
  const { storage, clock, garbage, positions, inspector } = deps;

  async function beginning(intervalMs: number) {
    const last = await positions.find(storage.reader, TASK);
    if (last !== undefined && isDigest(last.position))
      return { after: last.position, roundBeganAt: last.roundBeganAt };
    if (last !== undefined && clock.now() - last.roundBeganAt < intervalMs) return undefined;
    return { after: undefined, roundBeganAt: clock.now() };
  }

  return {
    async scrub({ intervalMs, bytesPerSecond, signal }) {
      const begun = await beginning(intervalMs);
      if (begun === undefined) return undefined;
      const { roundBeganAt } = begun;
      const put = (position: string) =>
        storage.write((tx) => positions.put(tx, TASK, { position, roundBeganAt }));
      let scrubbed: Scrubbed = { blobs: 0, bytes: 0, damaged: 0, unreadable: 0 };
      let sincePut = 0;
      let owedMs = 0;

      const pace = async (bytes: number): Promise<void> => {
        sincePut += bytes;
        scrubbed = { ...scrubbed, bytes: scrubbed.bytes + bytes };
        owedMs += (bytes * 1000) / bytesPerSecond;
        if (owedMs < SHORTEST_WAIT_MS) return;
        const wait = owedMs;
        owedMs = 0;
        await deps.sleep(wait, signal);
      };

      let { after }: { after: Digest | undefined } = begun;
      do {
        const page = await garbage.files(storage.reader, {
          limit: PAGE,
          ...(after === undefined ? {} : { after }),
        });
        for (const blob of page.items) {
          signal.throwIfAborted();
          const outcome = await inspector.inspect(blob, pace).catch((error: unknown) => {
            if (isDomainError(error, 'StorageUnavailable')) return 'unreadable';
            throw error;
          });
          scrubbed = {
            ...scrubbed,
            blobs: scrubbed.blobs + 1,
            damaged: scrubbed.damaged + (outcome === 'damaged' ? 1 : 0),
            unreadable: scrubbed.unreadable + (outcome === 'unreadable' ? 1 : 0),
          };
          if (sincePut < STEP_BYTES) continue;
          sincePut = 0;
          await put(blob.digest);
        }
        after = page.next;
        await put(after ?? '');
        // A page of blobs that have no file costs no wait of its own.
        await deps.sleep(1, signal);
      } while (after !== undefined);
      return scrubbed;
    },
  };
}
