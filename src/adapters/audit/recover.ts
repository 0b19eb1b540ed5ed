// Finds where the log goes on after a start: behind the last whole record. What a crash left half written is cut off
// and kept in a file of its own; records that should be there and are not are never passed over in silence.
import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Head, HeadFound } from './head.ts';
import { type ChainPoint, follows, GENESIS, MAX_LINE_BYTES, type Note, noteOf, readLine } from './line.ts';
import { linesOf, listSegments, segmentPath } from './segments.ts';

/** Where the next record goes, and what must be noted before it. */
export interface LogEnd {
  readonly log: string;
  readonly point: ChainPoint;
  readonly segment: number;
  /** Length of the segment; 0 when it has to be begun. */
  readonly bytes: number;
  readonly notes: readonly Note[];
}

interface Place {
  readonly segment: number;
  readonly offset: number;
  readonly point: ChainPoint;
}

export async function recoverEnd(directory: string, found: HeadFound): Promise<LogEnd> {
  const segments = await listSegments(directory);
  const last = segments.at(-1);
  if (found.kind === 'good') {
    const { head } = found;
    const reason = await missingAt(directory, head);
    if (reason !== undefined) return brokenAfter(head, last, reason);
    return walk(directory, segments, { segment: head.segment, offset: head.bytes, point: head }, head.log);
  }
  const notes: Note[] =
    found.kind === 'absent' && last === undefined
      ? []
      : [
          {
            kind: 'HeadLost',
            reason: found.kind === 'bad' ? 'the head does not fit to the master key' : 'there is no head',
          },
        ];
  const [first] = segments;
  if (first === undefined) return { log: randomUUID(), point: GENESIS, segment: 1, bytes: 0, notes };
  const start = await beginningOf(directory, first);
  const end = await walk(directory, segments, { segment: first, offset: 0, point: start.point }, start.log);
  return { ...end, notes: [...notes, ...end.notes] };
}

/** Why the head's record is not where the head says; undefined when it is. */
export async function missingAt(directory: string, head: Head): Promise<string | undefined> {
  let file: FileHandle;
  try {
    file = await open(segmentPath(directory, head.segment), 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return `segment ${head.segment} is gone`;
    throw error;
  }
  try {
    const start = Math.max(0, head.bytes - MAX_LINE_BYTES);
    const buffer = Buffer.alloc(head.bytes - start);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
    if (bytesRead < buffer.length) return `segment ${head.segment} is shorter than it was`;
    const line = buffer.subarray(buffer.lastIndexOf(10, -2) + 1, -1);
    const read = readLine(line);
    return read?.point.hash === head.hash ? undefined : `record ${head.sequence} was changed`;
  } finally {
    await file.close();
  }
}

function brokenAfter(head: Head, lastSegment: number | undefined, reason: string): LogEnd {
  return {
    log: head.log,
    point: { sequence: head.sequence, hash: head.hash },
    segment: Math.max(head.segment, lastSegment ?? 0) + 1,
    bytes: 0,
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

async function walk(
  directory: string,
  segments: readonly number[],
  from: Place,
  log: string,
): Promise<LogEnd> {
  let place = from;
  for (;;) {
    const path = segmentPath(directory, place.segment);
    let whole = true;
    for await (const { bytes, ended, nextOffset } of linesOf(path, place.offset)) {
      const line = ended ? readLine(bytes) : undefined;
      if (line === undefined || !follows(place.point, line)) {
        whole = false;
        break;
      }
      place = { ...place, offset: nextOffset, point: line.point };
    }
    const next = segments.find((segment) => segment > place.segment);
    if (whole && next === place.segment + 1) {
      place = { segment: next, offset: 0, point: place.point };
      continue;
    }
    const end = { log, point: place.point };
    if (next !== undefined) {
      const reason = whole
        ? `segment ${place.segment + 1} is gone`
        : `record ${place.point.sequence + 1} was changed`;
      return {
        ...end,
        segment: (segments.at(-1) ?? next) + 1,
        bytes: 0,
        notes: [{ kind: 'Broken', reason }],
      };
    }
    const notes = whole ? [] : [await cut(directory, place)];
    return { ...end, segment: place.segment, bytes: place.offset, notes };
  }
}

/** Cuts off what follows `place` in its segment; nothing of it was acknowledged to anybody. */
async function cut(directory: string, { segment, offset, point }: Place): Promise<Note> {
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
