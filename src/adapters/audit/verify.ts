// The full check of a log: every record's place in the chain, from the first segment that is there to the head. It
// only reads, so it may run beside the server that writes.
import { type HeadKey, readHead } from './head.ts';
import { type ChainPoint, follows, GENESIS, type Note, noteOf, readLine } from './line.ts';
import { linesOf, listSegments, segmentPath } from './segments.ts';

export interface AuditProblem {
  readonly segment: number;
  /** Counted from 1; 0 when it is about the segment as a whole. */
  readonly line: number;
  /** The first record that is missing or changed. */
  readonly sequence: number;
  readonly what: string;
}

export interface AuditVerification {
  readonly segments: number;
  readonly records: number;
  readonly first: number;
  readonly last: ChainPoint;
  /** Records that are not under the head yet: a batch at most while the server runs, or what came before a crash. */
  readonly beyondHead: number;
  /** Bytes of an unfinished line at the end: being written, or cut by a crash; the next start removes it. */
  readonly unfinishedBytes: number;
  /** What the log says of itself, but for starts and segments; the newest 100. */
  readonly notes: readonly { readonly sequence: number; readonly note: Note & { readonly at: string } }[];
  /** undefined: everything is there and unchanged. */
  readonly problem?: AuditProblem;
}

const MAX_NOTES = 100;

export interface VerifyOptions {
  readonly directory: string;
  /** Keys of the master keys, in use and retired; none: the head is not checked. */
  readonly keys: readonly HeadKey[] | undefined;
  /** Told of each segment's end. */
  readonly onProgress?: (segment: number, records: number) => void;
}

export async function verifyAuditLog(options: VerifyOptions): Promise<AuditVerification> {
  const { directory, keys } = options;
  // Before the records: those that come meanwhile are beyond it, none is missing before it.
  const found = keys === undefined ? undefined : await readHead(directory, keys);
  const head = found?.kind === 'good' ? found.head : undefined;
  const segments = await listSegments(directory);
  let last: ChainPoint = GENESIS;
  let first = 0;
  let records = 0;
  let unfinishedBytes = 0;
  let retiredThrough = 0;
  let atHead: string | undefined = head?.sequence === 0 ? GENESIS.hash : undefined;
  const notes: { sequence: number; note: Note & { at: string } }[] = [];
  const result = (problem?: AuditProblem): AuditVerification => ({
    segments: segments.length,
    records,
    first,
    last,
    beyondHead: head === undefined ? 0 : Math.max(0, last.sequence - head.sequence),
    unfinishedBytes,
    notes,
    ...(problem === undefined ? {} : { problem }),
  });

  for (const [index, segment] of segments.entries()) {
    const previous = segments[index - 1];
    const bad = (line: number, what: string) => result({ segment, line, sequence: last.sequence + 1, what });
    if (previous !== undefined && segment !== previous + 1)
      return bad(0, `segments ${previous + 1} to ${segment - 1} are missing`);
    let number = 0;
    for await (const { bytes, ended } of linesOf(segmentPath(directory, segment))) {
      number += 1;
      if (!ended && index === segments.length - 1) {
        unfinishedBytes = bytes.length;
        break;
      }
      const line = ended ? readLine(bytes) : undefined;
      if (line === undefined) return bad(number, 'the line is not a record');
      if (records === 0) {
        first = line.point.sequence;
        last = { sequence: line.point.sequence - 1, hash: line.previous };
        if (first === 1 && line.previous !== GENESIS.hash)
          return bad(number, 'the first record builds on another one');
      }
      if (line.point.sequence !== last.sequence + 1)
        return bad(
          number,
          `record ${last.sequence + 1} is missing: ${line.point.sequence} stands in its place`,
        );
      if (!follows(last, line))
        return result({
          segment,
          line: number,
          sequence: last.sequence,
          what: `it is not the one on which record ${line.point.sequence} was built: one of the two was changed`,
        });
      last = line.point;
      records += 1;
      if (last.sequence === head?.sequence) atHead = last.hash;
      const note = line.kind === 'note' ? noteOf(line) : undefined;
      if (note === undefined || note.kind === 'SegmentOpened' || note.kind === 'Started') continue;
      if (note.kind === 'Retired') retiredThrough = Math.max(retiredThrough, note.through);
      notes.push({ sequence: last.sequence, note });
      if (notes.length > MAX_NOTES) notes.shift();
      if (note.kind === 'Broken')
        return result({
          segment,
          line: number,
          sequence: last.sequence,
          what: `the server found the log broken at ${note.at}: ${note.reason}`,
        });
    }
    options.onProgress?.(segment, records);
  }

  const at = { segment: segments.at(-1) ?? 0, line: 0 };
  if (first > 1 && retiredThrough < first - 1)
    return result({
      segment: segments[0] ?? 0,
      line: 1,
      sequence: retiredThrough + 1,
      what: `records ${retiredThrough + 1} to ${first - 1} are missing, and no record says that they were retired`,
    });
  if (found === undefined) return result();
  if (found.kind === 'absent')
    return records === 0 ? result() : result({ ...at, sequence: last.sequence, what: 'the head is missing' });
  if (head === undefined)
    return result({
      ...at,
      sequence: last.sequence,
      what: 'the head was not made under this master key, or was changed',
    });
  if (head.sequence > last.sequence)
    return result({
      ...at,
      sequence: last.sequence + 1,
      what: `records ${last.sequence + 1} to ${head.sequence} are missing from the end`,
    });
  if (atHead !== head.hash && head.sequence >= first)
    return result({
      ...at,
      sequence: head.sequence,
      what: `the records up to ${head.sequence} are not the ones that were written`,
    });
  return result();
}
