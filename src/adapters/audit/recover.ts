// Finds where the log goes on after a start: behind the last whole record. What a crash left half written is cut off
// and kept in a file of its own; records that should be there and are not, and records that nobody with the key wrote, are
// never passed over in silence: they become findings.
import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Head, HeadFound, Place } from './head.ts';
import {
  type ChainPoint,
  type Finding,
  follows,
  GENESIS,
  isFinding,
  isKeyed,
  MAX_LINE_BYTES,
  type Note,
  noteOf,
  type ReadLine,
  readLine,
} from './line.ts';
import { type AuditKey, checkSeal, MAX_UNSEALED } from './seal.ts';
import { linesOf, listSegments, segmentPath } from './segments.ts';

/** Where the next record goes, and what must be noted before it. */
export interface LogEnd {
  readonly log: string;
  readonly point: ChainPoint;
  readonly segment: number;
  /** Length of the segment; 0 when it has to be begun. */
  readonly bytes: number;
  /** Records behind the last seal. */
  readonly unsealed: number;
  /** Latest time of a record, epoch ms; 0: not known. */
  readonly latest: number;
  /** Number of the newest mark that the database should have. */
  readonly mark: number;
  /** Sequence of the oldest finding of before that nobody has accepted; 0: there is none. */
  readonly finding: number;
  /** The head or the mark, whichever is further. */
  readonly from: Head | undefined;
  readonly notes: readonly Note[];
}

/** Where the walk is. */
interface Walk {
  readonly log: string;
  readonly segment: number;
  readonly offset: number;
  readonly point: ChainPoint;
  /** The last point that something under the key vouches for; undefined: nothing does. */
  readonly vouched: ChainPoint | undefined;
  /** Whether the log had seals by here. */
  readonly sealed: boolean;
  readonly unsealed: number;
  readonly mark: number;
  readonly finding: number;
  /** A seal under a key that is not at hand, and none that is good behind it. */
  readonly foreign: number | undefined;
}

/** `database`: the mark in the database; undefined: there is no database to ask. */
export async function recoverEnd(
  directory: string,
  keys: readonly AuditKey[],
  found: HeadFound,
  database: HeadFound | undefined,
): Promise<LogEnd> {
  const segments = await listSegments(directory);
  const head = found.kind === 'good' ? found.head : undefined;
  const mark = database?.kind === 'good' ? database.head : undefined;
  const findings = [...headFindings(found, segments), ...markFindings(database, head)];
  const from = further(head, mark?.log === (head?.log ?? mark?.log) ? mark : undefined);
  const end = await endFrom(directory, keys, segments, from);
  const known = Math.max(head?.mark ?? 0, end.mark);
  if (database?.kind === 'absent' && known > 0)
    findings.push({ kind: 'MarkLost', reason: `the database has no mark, it had number ${known}` });
  if (mark !== undefined && mark.log === end.log && mark.mark < known)
    findings.push(behind(mark, head, known));
  return {
    ...end,
    mark: Math.max(known, mark?.mark ?? 0),
    latest: Math.max(head?.latest ?? 0, mark?.latest ?? 0),
    from,
    notes: [...findings, ...end.notes],
  };
}

function headFindings(found: HeadFound, segments: readonly number[]): Finding[] {
  if (found.kind === 'bad')
    return [{ kind: 'HeadLost', reason: 'the head was not made under this master key, or was changed' }];
  // Before the first record the head is written.
  return found.kind === 'good' || segments.length === 0
    ? []
    : [{ kind: 'HeadLost', reason: 'there is no head' }];
}

function markFindings(database: HeadFound | undefined, head: Head | undefined): Finding[] {
  if (database?.kind === 'bad')
    return [
      {
        kind: 'MarkLost',
        reason: 'the mark in the database was not made under this master key, or was changed',
      },
    ];
  if (database?.kind !== 'good' || head === undefined || database.head.log === head.log) return [];
  return [{ kind: 'MarkLost', reason: `the mark in the database is of another trail, ${database.head.log}` }];
}

function further(head: Head | undefined, mark: Head | undefined): Head | undefined {
  if (head === undefined || mark === undefined) return head ?? mark;
  return mark.sequence > head.sequence ? mark : head;
}

/** What the database lacks, in words that help whoever restored a backup. */
export function behind(mark: Head, head: Head | undefined, known: number): Finding {
  const until = head === undefined || head.latest === 0 ? '' : ` and ${timeText(head.latest)}`;
  return {
    kind: 'DatabaseBehind',
    reason: `the database lacks changes that were acknowledged between ${timeText(mark.latest)}${until}: it has mark ${mark.mark} of ${known}, as after a damage to its files, or when an older copy of it was restored`,
  };
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}

async function endFrom(
  directory: string,
  keys: readonly AuditKey[],
  segments: readonly number[],
  from: Head | undefined,
): Promise<Omit<LogEnd, 'latest' | 'from'>> {
  const last = segments.at(-1);
  if (from !== undefined && (from.sequence > 0 || last !== undefined)) {
    const reason =
      last === undefined
        ? `all files are gone; ${from.sequence} records were written, as after a restore without the folder of the trail`
        : await missingAt(directory, from);
    if (reason !== undefined) return brokenAfter(from, last, reason);
    const start = { log: from.log, segment: from.segment, offset: from.bytes, point: from };
    return walk(directory, keys, segments, {
      ...start,
      vouched: from,
      sealed: from.format === 2,
      unsealed: 0,
      mark: from.mark,
      finding: from.finding,
      foreign: undefined,
      closed: from.closed,
    });
  }
  const [first] = segments;
  if (first === undefined) {
    const beginning = { point: GENESIS, segment: 1, bytes: 0, unsealed: 0, mark: 0, finding: 0, notes: [] };
    return { log: from?.log ?? randomUUID(), ...beginning };
  }
  const beginning = await beginningOf(directory, first);
  return walk(directory, keys, segments, {
    ...beginning,
    segment: first,
    offset: 0,
    vouched: undefined,
    sealed: false,
    unsealed: 0,
    mark: 0,
    finding: 0,
    foreign: undefined,
    closed: false,
  });
}

/** Why the record, or one of the last before it, is not as it was; undefined when all is well. Reads 64 KiB at most. */
export async function missingAt(directory: string, place: Place): Promise<string | undefined> {
  if (place.sequence === 0) return undefined;
  let file: FileHandle;
  try {
    file = await open(segmentPath(directory, place.segment), 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return `segment ${place.segment} is gone`;
    throw error;
  }
  try {
    const start = Math.max(0, place.bytes - MAX_LINE_BYTES);
    const buffer = Buffer.alloc(place.bytes - start);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
    if (bytesRead < buffer.length) return `segment ${place.segment} is shorter than it was`;
    const lines = linesIn(buffer, start > 0);
    let after: ChainPoint | undefined;
    for (const line of lines) {
      if (line === undefined || (after !== undefined && !follows(after, line)))
        return `what stands before record ${place.sequence} was changed`;
      after = line.point;
    }
    return after?.hash === place.hash ? undefined : `record ${place.sequence} was changed`;
  } finally {
    await file.close();
  }
}

/** Lines that are whole; undefined for one that is none of ours. `cut`: the first is not whole. */
function linesIn(buffer: Buffer, cut: boolean): readonly (ReadLine | undefined)[] {
  const lines: (ReadLine | undefined)[] = [];
  let start = cut ? buffer.indexOf(10) + 1 : 0;
  for (let end = buffer.indexOf(10, start); end >= 0; end = buffer.indexOf(10, start)) {
    lines.push(readLine(buffer.subarray(start, end)));
    start = end + 1;
  }
  return lines;
}

/** The log goes on in a new segment: nothing that was found there is written over. */
function brokenAfter(
  { log, sequence, hash, segment, mark, finding }: Head,
  lastSegment: number | undefined,
  reason: string,
): Omit<LogEnd, 'latest' | 'from'> {
  return {
    log,
    point: { sequence, hash },
    segment: Math.max(segment, lastSegment ?? 0) + 1,
    bytes: 0,
    unsealed: 0,
    mark,
    finding,
    notes: [{ kind: 'Broken', reason }],
  };
}

/** What the first segment that is there builds on. */
async function beginningOf(
  directory: string,
  segment: number,
): Promise<{ readonly log: string; readonly point: ChainPoint }> {
  for await (const { bytes, ended } of linesOf(segmentPath(directory, segment))) {
    const line = ended ? readLine(bytes) : undefined;
    const note = line?.kind === 'note' ? noteOf(line) : undefined;
    if (line === undefined || note?.kind !== 'SegmentOpened') break;
    return { log: note.log, point: { sequence: line.point.sequence - 1, hash: line.previous } };
  }
  return { log: randomUUID(), point: GENESIS };
}

/** `closed`: the server had ended behind the place where it begins. */
async function walk(
  directory: string,
  keys: readonly AuditKey[],
  segments: readonly number[],
  { closed, ...from }: Walk & { readonly closed: boolean },
): Promise<Omit<LogEnd, 'latest' | 'from'>> {
  let at: Walk = from;
  let whole = true;
  let reason: string | undefined;
  for (;;) {
    for await (const { bytes, ended, nextOffset } of linesOf(segmentPath(directory, at.segment), at.offset)) {
      const line = ended ? readLine(bytes) : undefined;
      const next = line !== undefined && follows(at.point, line) ? step(at, line, keys) : undefined;
      if (line === undefined || next === undefined) {
        whole = false;
        break;
      }
      if (next === 'forged') {
        reason = `record ${line.point.sequence} was not made under this master key`;
        break;
      }
      at = { ...next, offset: nextOffset };
    }
    const next = segments.find((segment) => segment > at.segment);
    if (reason === undefined && whole && next === at.segment + 1) {
      at = { ...at, segment: next, offset: 0 };
      continue;
    }
    if (next !== undefined && reason === undefined)
      reason = whole ? `segment ${at.segment + 1} is gone` : `record ${at.point.sequence + 1} was changed`;
    break;
  }
  const { log, point, unsealed, mark, finding } = at;
  const added = point.sequence - from.point.sequence;
  if (reason === undefined && at.foreign !== undefined)
    reason = `record ${at.foreign} was made under a master key that is not at hand`;
  if (reason === undefined && closed && added > 0)
    reason = `${added} records were added after the server had ended`;
  if (reason === undefined && at.sealed && unsealed > MAX_UNSEALED)
    reason = `records ${point.sequence - unsealed + 1} to ${point.sequence} stand without a seal`;
  const end = { log, point, unsealed: unsealed + 1, mark, finding };
  if (reason !== undefined)
    return {
      ...end,
      // What is sealed from now on must not vouch for what nobody vouched for.
      point: at.vouched ?? point,
      segment: (segments.at(-1) ?? at.segment) + 1,
      bytes: 0,
      notes: [{ kind: 'Broken', reason }],
    };
  const notes: Note[] = whole ? [] : [await cut(directory, at)];
  if (at.sealed && unsealed > 0)
    notes.push({ kind: 'Unsealed', from: point.sequence - unsealed + 1, through: point.sequence });
  return { ...end, segment: at.segment, bytes: at.offset, notes };
}

/** The walk behind one more record; `forged`: it should have been made under the key and was not. */
function step(at: Walk, line: ReadLine, keys: readonly AuditKey[]): Walk | 'forged' {
  const { point } = line;
  const note = line.kind === 'note' ? noteOf(line) : undefined;
  const log = note?.kind === 'SegmentOpened' ? note.log : at.log;
  if (note === undefined || !isKeyed(note)) {
    const isFirst = note !== undefined && isFinding(note) && at.finding === 0;
    return { ...at, log, point, unsealed: at.unsealed + 1, finding: isFirst ? point.sequence : at.finding };
  }
  switch (checkSeal(line, note, log, keys)) {
    case 'bad':
      return 'forged';
    case 'unknown key':
      return { ...at, point, sealed: true, unsealed: 0, foreign: at.foreign ?? point.sequence };
    default: {
      const mark = note.kind === 'Sealed' ? Math.max(at.mark, note.mark) : at.mark;
      const finding = note.kind === 'Accepted' ? 0 : at.finding;
      return { ...at, point, vouched: point, sealed: true, unsealed: 0, mark, finding, foreign: undefined };
    }
  }
}

/** Cuts off what follows the walk in its segment; nothing of it was acknowledged to anybody. */
async function cut(directory: string, { segment, offset, point }: Walk): Promise<Note> {
  const keptAs = `cut-${String(segment).padStart(6, '0')}-${point.sequence + 1}`;
  const file = await open(segmentPath(directory, segment), 'r+');
  try {
    const { size } = await file.stat();
    const rest = Buffer.alloc(size - offset);
    await file.read(rest, 0, rest.length, offset);
    const copy = await open(join(directory, keptAs), 'w', 0o600);
    try {
      await copy.writeFile(rest);
      await copy.sync();
    } finally {
      await copy.close();
    }
    await file.truncate(offset);
    await file.sync();
    return {
      kind: 'Recovered',
      cutBytes: rest.length,
      cutSha256: createHash('sha256').update(rest).digest('hex'),
      keptAs,
    };
  } finally {
    await file.close();
  }
}
