// Which segments may hold events of a range of times: the first line of each says of what time its records are at the
// earliest, and of what time those of the segment before were at the latest.
import { type Note, noteOf, readLine } from './line.ts';
import { firstLineOf } from './segments.ts';

/** A record may come so much later (ms) than what it tells of, e.g. from a thread. */
const SLACK_MS = 60_000;
/** Segments of before say only when they were begun. Their records may have waited for a disk that was full. */
const OLD_SLACK_MS = 3_600_000;

/** `from`, `until`: epoch ms, inclusive. Reads the first line of each segment, and nothing else. */
export async function segmentsWithin(
  pathOf: (segment: number) => string,
  segments: readonly number[],
  from: number | undefined,
  until: number | undefined,
): Promise<readonly number[]> {
  if (from === undefined && until === undefined) return segments;
  const openings: (Opening | undefined)[] = [];
  for (const segment of segments) openings.push(await openingOf(pathOf(segment)));
  return segments.filter((segment, index) => {
    const opening = openings[index];
    if (until !== undefined && opening !== undefined && earliest(opening) > until) return false;
    const next = segments[index + 1] === segment + 1 ? openings[index + 1] : undefined;
    return from === undefined || next === undefined || latestBefore(next) >= from;
  });
}

type Opening = Extract<Note, { kind: 'SegmentOpened' }> & { readonly at: string };

async function openingOf(path: string): Promise<Opening | undefined> {
  const line = readLine(await firstLineOf(path));
  const note = line?.kind === 'note' ? noteOf(line) : undefined;
  return note?.kind === 'SegmentOpened' ? note : undefined;
}

function earliest({ since, at }: Opening): number {
  return since === undefined ? Date.parse(at) - OLD_SLACK_MS : Date.parse(since) - SLACK_MS;
}

function latestBefore({ latest, at }: Opening): number {
  return latest === undefined ? Date.parse(at) + OLD_SLACK_MS : Date.parse(latest) + SLACK_MS;
}
