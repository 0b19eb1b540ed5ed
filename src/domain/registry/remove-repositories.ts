// Removes what deleted repositories leave behind. States of a repository: there -> deleted (in the transaction of the
// request: nobody finds it, its name is free) -> removed, in steps of some milliseconds, each a transaction of its own.
// A crash leaves it deleted, with what is left; the next run goes on with that.
import type { Storage } from '../storage.ts';
import type { RepositoryRemains } from './ports.ts';

/** Named points at which a test may stop or kill the process. */
export type RemovalPoint =
  /** A part is removed in the transaction, nothing is durable. */
  | 'remove:before-commit'
  /** A part is gone for good. */
  | 'remove:part-removed';

export interface RepositoryRemovalDeps {
  readonly storage: Storage;
  readonly repositoryRemains: RepositoryRemains;
  /** Lets others have their turn. */
  readonly pause: () => Promise<void>;
  readonly checkpoint?: (point: RemovalPoint) => Promise<void> | void;
}

export interface RepositoryRemoval {
  /**
   * Removes all that is left of deleted repositories; gives how many repositories came to their end. May run more than
   * once at a time. Rejects when the signal aborts, between two parts.
   */
  removeAll(signal?: AbortSignal): Promise<number>;
  /** Has `listener` called after each deletion of a repository. */
  onRemains(listener: () => void): void;
}

export function makeRepositoryRemoval(deps: RepositoryRemovalDeps): RepositoryRemoval & {
  /** To be called after the deletion of a repository. */
  readonly tell: () => void;
} {
  const { storage, repositoryRemains: remains, pause, checkpoint } = deps;
  let listener = (): void => {};
  return {
    async removeAll(signal) {
      let removed = 0;
      for (;;) {
        signal?.throwIfAborted();
        const id = await remains.next(storage.reader);
        if (id === undefined) return removed;
        const left = await storage.write(async (tx) => {
          const part = await remains.removeSome(tx, id);
          await checkpoint?.('remove:before-commit');
          return part;
        });
        await checkpoint?.('remove:part-removed');
        if (left === 'nothing') removed += 1;
        await pause();
      }
    },
    onRemains(given) {
      listener = given;
    },
    tell: () => listener(),
  };
}
