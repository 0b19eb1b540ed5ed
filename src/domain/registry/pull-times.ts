// When images were pulled last. A pull only notes it in memory; a background job writes the notes. What a
// crash loses is a minute of pull times, never anything else.
import type { Clock } from '../../shared/clock.ts';
import type { Digest } from '../../shared/digest.ts';
import type { Storage } from '../storage.ts';
import type { Images } from './ports.ts';
import type { Image } from './types.ts';

/** A recorded time is this old before a new one is worth a write. */
const RESOLUTION_MS = 60_000;

/** Images that wait for their write; more of them in a minute keep their old time. */
const WAITING_LIMIT = 10_000;

/** Rows in one transaction: other writers share it and wait for it. */
const BATCH = 200;

export interface PullNote {
  readonly repositoryId: number;
  readonly digest: Digest;
  readonly at: number;
}

export interface PullTimes {
  /** Never writes, never fails. */
  note(image: Image): void;
  /** Gives what was noted so far, for `add` where it can be written. */
  take(): readonly PullNote[];
  add(notes: readonly PullNote[]): void;
  /** Writes what was noted so far; gives how many images. */
  record(): Promise<number>;
}

export function makePullTimes(deps: {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly images: Images;
}): PullTimes {
  const waiting = new Map<string, PullNote>();

  function add(note: PullNote): void {
    const key = `${note.repositoryId} ${note.digest}`;
    if (waiting.has(key) || waiting.size >= WAITING_LIMIT) return;
    waiting.set(key, note);
  }

  return {
    note({ repositoryId, digest, lastPulledAt }) {
      const at = deps.clock.now();
      if (lastPulledAt !== undefined && at - lastPulledAt < RESOLUTION_MS) return;
      add({ repositoryId, digest, at });
    },
    take() {
      const notes = [...waiting.values()];
      waiting.clear();
      return notes;
    },
    add: (notes) => notes.forEach(add),
    async record() {
      const notes = [...waiting.entries()];
      for (let from = 0; from < notes.length; from += BATCH) {
        const batch = notes.slice(from, from + BATCH);
        await deps.storage.write(async (tx) => {
          for (const [, { repositoryId, digest, at }] of batch)
            await deps.images.touchPulled(tx, repositoryId, digest, at);
        });
        for (const [key] of batch) waiting.delete(key);
      }
      return notes.length;
    },
  };
}
