// What whoever decides or signs asks of the audit trail, and what the trail asks of the database.
import type { Reader, Tx } from '../storage.ts';
import type { AuditRecord } from './types.ts';

/** `before-answer`: on disk before anybody learns of the outcome. `soon`: on disk within about a second. */
export type Urgency = 'before-answer' | 'soon';

export interface AuditTrail {
  /** Asked before a change is begun. Throws StorageUnavailable when it could not be recorded now. */
  requireReady(): void;
  /**
   * Takes one record; the order of calls is the order of records. For `before-answer` it resolves when the record is
   * durable, and rejects with StorageUnavailable when it cannot be made so; for `soon` it resolves at once.
   */
  record(record: AuditRecord, urgency: Urgency): Promise<void>;
}

/** Where the trail keeps how far it goes, beside its own files. Opaque: the trail makes it and alone can read it. */
export interface AuditMarks {
  /** What was put last; undefined: nothing. */
  find(on: Reader): Promise<string | undefined>;
  put(tx: Tx, document: string): Promise<void>;
}

/** No audit trail: nothing is kept. */
export const NO_AUDIT: AuditTrail = { requireReady: () => {}, record: async () => {} };
