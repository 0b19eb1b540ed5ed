// What is derived from committed access records (opened secrets, principals, compiled policies), kept in memory.
// Any change of such a record empties all of it once the change is durable: changes are rare, requests are not,
// and a key that was disabled must stop at once. Correct for one process per database; a thread that
// only reads forgets everything with each commit.
import { forgetAfterCommits } from '../commits-elsewhere.ts';
import type { Tx } from '../storage.ts';

export interface AccessCaches {
  /** To be called in every transaction that changes what an answer may depend on. */
  changed(tx: Tx): void;
  /**
   * A cache of up to `limit` values. `load` reads committed records; a value that it began to read before a
   * change is given but not kept, and `undefined` is never kept.
   */
  make<V extends object>(
    limit: number,
  ): (key: string, load: () => Promise<V | undefined>) => Promise<V | undefined>;
}

export function makeAccessCaches(): AccessCaches {
  const caches: Map<string, unknown>[] = [];
  let generation = 0;

  function forgetAll(): void {
    generation += 1;
    for (const cache of caches) cache.clear();
  }
  const forgetWhatIsOld = forgetAfterCommits(forgetAll);

  return {
    changed(tx) {
      tx.onCommit(forgetAll);
    },
    make<V extends object>(limit: number) {
      const values = new Map<string, V>();
      caches.push(values);
      return async (key, load) => {
        forgetWhatIsOld();
        const known = values.get(key);
        if (known !== undefined) return known;
        const before = generation;
        const value = (await load()) as V | undefined;
        if (value === undefined || generation !== before) return value;
        if (values.size >= limit) {
          const oldest = values.keys().next();
          if (!oldest.done) values.delete(oldest.value);
        }
        values.set(key, value);
        return value;
      };
    },
  };
}
