// A bounded cache of committed rows that transactions may fill. A row that a transaction has read is kept only
// after that transaction is durable and only if nobody changed such rows meanwhile; so a value that was rolled
// back, or read before a change and stored after it, never stays. Correct for one process per database, which
// the data directory's lock guarantees; a thread that only reads forgets everything with each commit. A row that is
// not there (undefined) is never kept: names that clients make up push nothing out.
import { forgetAfterCommits } from './commits-elsewhere.ts';
import type { Reader, Tx } from './storage.ts';

export interface CommittedCache<V> {
  /** The row as a transaction may see it: from the cache, else by `load`, which is given the transaction. */
  inTx(tx: Tx, key: string, load: (on: Reader) => Promise<V>): Promise<V>;
  /** The committed row. */
  read(reader: Reader, key: string, load: (on: Reader) => Promise<V>): Promise<V>;
  /**
   * For whoever may ask with either: the committed row, when `on` is the one reader of committed state; a transaction
   * reads the store itself, since it must see what earlier writers of its batch did.
   */
  find(on: Reader, reader: Reader, key: string, load: (on: Reader) => Promise<V>): Promise<V>;
  /** To be called in every transaction that changes the row. */
  changed(tx: Tx, key: string): void;
  /** The same for a change of which nobody knows whose rows it reaches. */
  allChanged(tx: Tx): void;
}

/** `isKept`: of a row that is there; one may be too large to stay. */
export function makeCommittedCache<V>(
  limit: number,
  isKept: (value: V) => boolean = () => true,
): CommittedCache<V> {
  /** Whoever asks is given the same promise: a pull makes many look-ups, and would make as many promises. */
  const rows = new Map<string, Promise<V>>();
  let generation = 0;

  function forgetAll(): void {
    generation += 1;
    rows.clear();
  }
  const forgetWhatIsOld = forgetAfterCommits(forgetAll);

  function keep(key: string, value: V): void {
    if (value === undefined || !isKept(value)) return;
    if (rows.size >= limit) {
      const oldest = rows.keys().next();
      if (!oldest.done) rows.delete(oldest.value);
    }
    rows.set(key, Promise.resolve(value));
  }

  function read(reader: Reader, key: string, load: (on: Reader) => Promise<V>): Promise<V> {
    forgetWhatIsOld();
    return rows.get(key) ?? loaded(reader, key, load, (keepNow) => keepNow());
  }

  async function loaded(
    on: Reader,
    key: string,
    load: (on: Reader) => Promise<V>,
    whenDurable: (keepNow: () => void) => void,
  ): Promise<V> {
    const before = generation;
    const value = await load(on);
    whenDurable(() => {
      if (generation === before) keep(key, value);
    });
    return value;
  }

  return {
    inTx: (tx, key, load) => rows.get(key) ?? loaded(tx, key, load, (keepNow) => tx.onCommit(keepNow)),
    read,
    find: (on, reader, key, load) => (on === reader ? read(reader, key, load) : load(on)),
    changed(tx, key) {
      tx.onCommit(() => {
        generation += 1;
        rows.delete(key);
      });
    },
    allChanged(tx) {
      tx.onCommit(forgetAll);
    },
  };
}
