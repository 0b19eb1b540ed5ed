// After a change of the master key: every sealed record is sealed again under the new one, in small transactions beside
// everything else. Safe to stop at any point and to begin again: a record is under the old key or under the new one.
import type { Page, Reader, Storage, Tx } from '../storage.ts';

/** What is sealed, as its store knows it. `K` is its key in the store. */
export interface SealedRecord<K> {
  readonly key: K;
  /** What the sealed bytes are bound to. */
  readonly identity: string;
  readonly sealed: Uint8Array;
}

/** One kind of sealed records. */
export interface SealedRecords<K> {
  /** In the order of their keys. */
  list(
    on: Reader,
    query: { readonly after?: K | undefined; readonly limit: number },
  ): Promise<Page<SealedRecord<K>, K>>;
  /** false when the record is not what it was (changed, or gone). */
  replace(tx: Tx, before: SealedRecord<K>, sealed: Uint8Array): Promise<boolean>;
}

/** Seals one record under the key in use; undefined when it is already. */
export type SealAgain = (identity: string, sealed: Uint8Array) => Uint8Array | undefined;

const BATCH = 50;

/** Gives how many records were sealed again. `pause` lets others have their turn between two batches. */
export async function resealAll<K>(
  deps: { readonly storage: Storage; readonly pause: () => Promise<void> },
  records: SealedRecords<K>,
  sealAgain: SealAgain,
): Promise<number> {
  const { storage } = deps;
  let count = 0;
  let after: K | undefined;
  do {
    const page: Page<SealedRecord<K>, K> = await records.list(storage.reader, { after, limit: BATCH });
    const changed = page.items.flatMap((record) => {
      const sealed = sealAgain(record.identity, record.sealed);
      return sealed === undefined ? [] : [{ record, sealed }];
    });
    if (changed.length > 0)
      await storage.write(async (tx) => {
        for (const { record, sealed } of changed) await records.replace(tx, record, sealed);
      });
    count += changed.length;
    after = page.next;
    await deps.pause();
  } while (after !== undefined);
  return count;
}
