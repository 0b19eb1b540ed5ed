// Telling a client that a layer is here. It may then leave the layer out of its push, so what is told is written down,
// and the collector leaves the layer alone for the grace period, whatever happens to the images that name it.
import type { Clock } from '../../shared/clock.ts';
import type { Digest } from '../../shared/digest.ts';
import type { Storage } from '../storage.ts';
import type { Layers } from './ports.ts';

/**
 * The part of the grace period for which a layer that was told of is not written down again: a write for each question
 * would cost an fsync for each. The collector waits for that much longer.
 */
export const TOLD_RESOLUTION = 0.1;

export interface HeldLayers {
  /** Which of the layers the repository holds, fit to be told to a client. */
  tell(repositoryId: number, digests: readonly Digest[]): Promise<ReadonlySet<Digest>>;
}

export function makeHeldLayers(deps: {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly layers: Layers;
  /** How long a client may count on what it was told, ms. */
  readonly graceMs: number;
}): HeldLayers {
  const { storage, layers } = deps;
  return {
    async tell(repositoryId, digests) {
      const now = deps.clock.now();
      const recently = now - deps.graceMs * TOLD_RESOLUTION;
      const held = new Set<Digest>();
      const stale: Digest[] = [];
      for (const digest of new Set(digests)) {
        const since = await layers.heldSince(storage.reader, repositoryId, digest);
        if (since === undefined) continue;
        if (since >= recently) held.add(digest);
        else stale.push(digest);
      }
      if (stale.length === 0) return held;
      return storage.write(async (tx) => {
        // The collector may have been here since it was read.
        for (const digest of stale) if (await layers.renew(tx, repositoryId, digest, now)) held.add(digest);
        return held;
      });
    },
  };
}
