// One record as a line of a segment: a sequence number, the hash of the line before it, and an event or a note. The
// hash is over the bytes of the line as they are stored; nothing is ever serialised again to be checked.
import { hash } from 'node:crypto';
import type { Suppressed } from '../../shared/address-budget.ts';

/** What the log says of itself. */
export type Note =
  /**
   * First line of each segment. `log` is the same in all segments of one log. `since`: no record of this segment is of
   * an earlier time; `latest`: none of the segment before is of a later one. Segments of before have neither.
   */
  | {
      readonly kind: 'SegmentOpened';
      readonly segment: number;
      readonly log: string;
      readonly format: 1;
      readonly since?: string;
      readonly latest?: string;
    }
  | { readonly kind: 'Started' }
  /** The end of the segment was not whole, as after a crash; what was cut off is kept in the file. */
  | {
      readonly kind: 'Recovered';
      readonly cutBytes: number;
      readonly cutSha256: string;
      readonly keptAs: string;
    }
  /** Records that no seal vouched for when the log was opened, as after a crash: nobody can tell whether all are ours. */
  | { readonly kind: 'Unsealed'; readonly from: number; readonly through: number }
  | Finding
  /** Records that could not be kept: too many came while the disk took none. */
  | { readonly kind: 'Lost'; readonly count: number }
  /** Refused calls of strangers beyond the rate at which they are recorded. */
  | ({ readonly kind: 'Suppressed' } & Suppressed)
  /** Old segments were removed, as configured. `through`: sequence of the last record that went. */
  | { readonly kind: 'Retired'; readonly segments: readonly number[]; readonly through: number }
  | KeyedNote;

/** What was found wrong at a start. Verification fails here until an operator accepts it. */
export interface Finding {
  readonly kind: /** Records that were there are gone, were changed, or were added by somebody else. */
    | 'Broken'
    /** The head was missing, or not made under the key. */
    | 'HeadLost'
    /** The same of the mark in the database. */
    | 'MarkLost'
    /** The database lacks commits that were durable when the trail noted them. */
    | 'DatabaseBehind';
  readonly reason: string;
}

/** Notes that carry a MAC under a key of the master key, over themselves and by the chain over all before. */
export type KeyedNote =
  /** All records before are ours. `mark`: number of the newest mark that was durable in the database; 0: none. */
  | { readonly kind: 'Sealed'; readonly mark: number }
  /** An operator knows of these problems; `pin` says which each is, and in what state the records were. */
  | {
      readonly kind: 'Accepted';
      readonly by: string;
      readonly reason: string;
      readonly problems: readonly { readonly what: string; readonly pin: string }[];
    };

const FINDINGS: readonly string[] = ['Broken', 'HeadLost', 'MarkLost', 'DatabaseBehind'];

/** Whether verification fails at this note until it is accepted. */
export function isFinding(note: Note): note is Finding {
  return FINDINGS.includes(note.kind);
}

/** Whether the note must carry a MAC. */
export function isKeyed(note: Note): note is KeyedNote {
  return note.kind === 'Sealed' || note.kind === 'Accepted';
}

/** Where a chain stands after a record. */
export interface ChainPoint {
  /** 0: before the first record. */
  readonly sequence: number;
  /** SHA-256 of the record's line without its end, lower-case hex. */
  readonly hash: string;
}

/** Before the first record. */
export const GENESIS: ChainPoint = { sequence: 0, hash: '0'.repeat(64) };

/** Bytes of a line at most; ours have a few kilobytes. */
export const MAX_LINE_BYTES = 64 * 1024;

/** `body`: the members that follow, as JSON text without braces. Gives the line without its end, and the new point. */
export function chained(
  after: ChainPoint,
  body: string,
): { readonly line: string; readonly point: ChainPoint } {
  return stored(after, `${beginningAfter(after)}${body}}`);
}

/** The members that chain a line to the one before, and the comma behind them. */
export function beginningAfter(after: ChainPoint): string {
  return `{"sequence":${after.sequence + 1},"previous":"${after.hash}",`;
}

/** A line that is complete, with the point that it makes. */
export function stored(
  after: ChainPoint,
  line: string,
): { readonly line: string; readonly point: ChainPoint } {
  return { line, point: { sequence: after.sequence + 1, hash: hash('sha256', line, 'hex') } };
}

/** `at`: epoch ms. */
export function noteBody(note: Note, at: number): string {
  return `"note":${JSON.stringify({ ...note, at: new Date(at).toISOString() })}`;
}

const HEAD = /^\{"sequence":(\d{1,15}),"previous":"([0-9a-f]{64})","(event|note)":\{.*\}\}$/s;

export interface ReadLine {
  readonly point: ChainPoint;
  readonly previous: string;
  readonly kind: 'event' | 'note';
  readonly text: string;
}

/** A line as it was stored; undefined when it is none of ours. */
export function readLine(bytes: Buffer): ReadLine | undefined {
  const text = bytes.toString('utf8');
  const match = HEAD.exec(text);
  if (match === null) return undefined;
  const [, sequence = '', previous = '', kind] = match;
  return {
    point: { sequence: Number(sequence), hash: hash('sha256', bytes, 'hex') },
    previous,
    kind: kind === 'event' ? 'event' : 'note',
    text,
  };
}

/** Whether the line is the record that follows. */
export function follows(after: ChainPoint, line: ReadLine): boolean {
  return line.point.sequence === after.sequence + 1 && line.previous === after.hash;
}

/** The note of a line of the kind `note`. */
export function noteOf(line: ReadLine): (Note & { readonly at: string }) | undefined {
  try {
    return (JSON.parse(line.text) as { readonly note: Note & { readonly at: string } }).note;
  } catch {
    return undefined;
  }
}
