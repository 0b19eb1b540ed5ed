// What the main thread and those that answer pulls tell each other.
import type { Config } from '../config/index.ts';
import type { AuditRecord } from '../domain/audit/index.ts';
import type { PullNote } from '../domain/registry/index.ts';
import type { ServerLimits } from '../http/limits.ts';

/** What a thread is started with. */
export interface ReadThreadStart {
  /** With the port that is listened on. */
  readonly config: Config;
  /** This thread's share. */
  readonly limits: ServerLimits;
  /** In use first, then retired ones. Moved into the thread. */
  readonly masterKeys: readonly Uint8Array<ArrayBuffer>[];
  /** One number: how often the main thread has committed. */
  readonly commits: SharedArrayBuffer;
  /** The socket where the main thread takes what is not a pull. */
  readonly passOnTo: string;
}

export type ToReadThread =
  | { readonly type: 'keys'; readonly masterKeys: readonly Uint8Array<ArrayBuffer>[] }
  /** Of an `audit` with this number. */
  | { readonly type: 'audited'; readonly id: number; readonly refused?: string }
  | { readonly type: 'close' };

export type FromReadThread =
  | { readonly type: 'listening' }
  | { readonly type: 'keys-taken' }
  /** A record that must be kept before its answer goes out. */
  | { readonly type: 'audit'; readonly id: number; readonly record: PlainRecord }
  | ({ readonly type: 'happened' } & Happened);

/** An audit record as it passes between threads. */
export interface PlainRecord {
  readonly facts: AuditRecord['lasting']['facts'];
  readonly occasion: AuditRecord['occasion'];
}

/** What happened since the last time, in few objects: each costs on both sides. */
export interface Happened {
  /** Facts of audit records, and what of each record is its own: the place of its facts, then its occasion. */
  readonly facts: readonly PlainRecord['facts'][];
  readonly records: readonly (number | string | undefined)[];
  /** Of each request: surface, operation, status, seconds, bytes in, bytes out. */
  readonly requests: readonly (number | string)[];
  readonly connectionsRefused: readonly ('address' | 'server')[];
  readonly pulls: readonly PullNote[];
  /** Whole lines of the log. */
  readonly log: string;
}
