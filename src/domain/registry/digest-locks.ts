// One at a time for each digest: whoever brings a blob's file to its address and then writes its row, and whoever
// removes a blob's row and then its file. Without it a collector would unlink the file that an upload of the same
// content published a moment ago. Enough within the process, because one process has the data directory.
import type { Digest } from '../../shared/digest.ts';

export interface DigestLocks {
  /** Waits for its turn. */
  hold<T>(digest: Digest, work: () => Promise<T>): Promise<T>;
  /** Takes the digests that nobody holds right now, and lets them go after `work`, which is given them. */
  holdFree<T>(digests: readonly Digest[], work: (free: readonly Digest[]) => Promise<T>): Promise<T>;
}

export function makeDigestLocks(): DigestLocks {
  /** The end of the line of each digest that is held. */
  const lines = new Map<Digest, Promise<void>>();

  /** Joins the line; gives whom to wait for and how to leave. */
  function join(digest: Digest): { readonly before: Promise<void> | undefined; readonly leave: () => void } {
    const before = lines.get(digest);
    const { promise, resolve } = Promise.withResolvers<void>();
    lines.set(digest, promise);
    return {
      before,
      leave() {
        if (lines.get(digest) === promise) lines.delete(digest);
        resolve();
      },
    };
  }

  return {
    async hold(digest, work) {
      const { before, leave } = join(digest);
      try {
        await before;
        return await work();
      } finally {
        leave();
      }
    },

    async holdFree(digests, work) {
      const free = [...new Set(digests)].filter((digest) => !lines.has(digest));
      const leaves = free.map((digest) => join(digest).leave);
      try {
        return await work(free);
      } finally {
        for (const leave of leaves) leave();
      }
    },
  };
}
