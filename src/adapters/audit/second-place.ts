// The second place for how far the log goes: a mark in the database, which the log writes when it has put its records on
// the disk, and the number of which it keeps itself. So each of the two shows when the other is an older copy.
import { type Head, type HeadFound, readMark, vouched } from './head.ts';
import type { AuditKey } from './seal.ts';

/** What the log asks of the database. */
export interface MarkStore {
  /** What was put last; undefined: nothing. */
  find(): Promise<string | undefined>;
  /** Resolves when it is durable. */
  put(document: string): Promise<void>;
}

/** The disk of the database may take so long (ms); then the log goes on without a new mark. */
const PUT_MS = 5000;

export async function findMark(
  store: MarkStore | undefined,
  keys: readonly AuditKey[],
): Promise<HeadFound | undefined> {
  return store === undefined ? undefined : readMark(await store.find(), keys);
}

/** Resolves when the mark is durable. Rejects when that is not certain within some seconds. */
export async function putMark(store: MarkStore, head: Omit<Head, 'format'>, key: AuditKey): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the database did not take the mark in time')), PUT_MS);
  });
  const put = store.put(vouched('mark', head, key));
  // When it comes too late, nobody listens any more.
  put.catch(() => {});
  try {
    await Promise.race([put, late]);
  } finally {
    clearTimeout(timer);
  }
}
