// What the embedded queue needs of the table that holds its tasks; given by compose.
import type { Reader, Tx } from '../../domain/storage.ts';

export interface TaskRow {
  readonly key: string;
  /** Epoch ms. */
  readonly runAt: number;
  /** Deliveries that ended in a retry. */
  readonly attempts: number;
  /** Enqueues so far. */
  readonly version: number;
}

export interface TaskTable {
  /** Adds the task, or counts one more enqueue of it. true when it is new. */
  add(tx: Tx, kind: string, key: string, owner: string, runAt: number): Promise<boolean>;
  /**
   * Removes the task unless it was enqueued again after `version` (undefined: whatever happened).
   * false when nothing was removed.
   */
  remove(tx: Tx, kind: string, key: string, version: number | undefined): Promise<boolean>;
  reschedule(tx: Tx, kind: string, key: string, runAt: number, attempts: number): Promise<void>;
  /** Makes every task due at `now` at the latest. */
  makeDue(tx: Tx, now: number): Promise<void>;
  /** The first owner behind `after` who has a task, in the order of their bytes; undefined when there is none. */
  nextOwner(on: Reader, kind: string, after: string | undefined): Promise<string | undefined>;
  /** Tasks of an owner that are due at `now`, the longest waiting first. */
  due(on: Reader, kind: string, owner: string, now: number, limit: number): Promise<readonly TaskRow[]>;
  /** When the first task that is not due at `now` will be; undefined when there is none. */
  nextRunAt(on: Reader, kind: string, now: number): Promise<number | undefined>;
  counts(on: Reader): Promise<readonly { readonly kind: string; readonly count: number }[]>;
}
