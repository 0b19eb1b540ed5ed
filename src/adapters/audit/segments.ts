// The files of the log: `000001.jsonl`, `000002.jsonl`, … in one folder, and reading their lines without holding more
// than one buffer of them.
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_LINE_BYTES } from './line.ts';

const NAME = /^(\d{6,9})\.jsonl$/;
const READ_BYTES = 256 * 1024;
/** A segment's first line is shorter. */
const FIRST_LINE_BYTES = 1024;

export function segmentPath(directory: string, segment: number): string {
  return join(directory, `${String(segment).padStart(6, '0')}.jsonl`);
}

/** Numbers of the segments that are there, in order; none when the folder is missing. */
export async function listSegments(directory: string): Promise<readonly number[]> {
  let names: readonly string[];
  try {
    names = await readdir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return names
    .flatMap((name) => {
      const match = NAME.exec(name);
      return match === null ? [] : [Number(match[1])];
    })
    .sort((a, b) => a - b);
}

/** A line's bytes without its end, and where the next one begins. */
export interface SegmentLine {
  readonly bytes: Buffer;
  /** `false`: the file ends here, in the middle of a line. */
  readonly ended: boolean;
  readonly nextOffset: number;
}

/** The lines of a file from `offset` to where it ends when it is read. A line that is too long is given as it is cut. */
export async function* linesOf(path: string, offset = 0): AsyncGenerator<SegmentLine> {
  const file = await open(path, 'r');
  try {
    yield* linesFrom(file, offset);
  } finally {
    await file.close();
  }
}

async function* linesFrom(file: FileHandle, offset: number): AsyncGenerator<SegmentLine> {
  let rest: Buffer = Buffer.alloc(0);
  let lineStart = offset;
  let position = offset;
  for (;;) {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    const { bytesRead } = await file.read(buffer, 0, READ_BYTES, position);
    if (bytesRead === 0) break;
    position += bytesRead;
    const fresh = buffer.subarray(0, bytesRead);
    const block = rest.length === 0 ? fresh : Buffer.concat([rest, fresh]);
    let start = 0;
    for (let end = block.indexOf(10); end >= 0; end = block.indexOf(10, start)) {
      lineStart += end + 1 - start;
      yield { bytes: block.subarray(start, end), ended: true, nextOffset: lineStart };
      start = end + 1;
    }
    rest = block.subarray(start);
    if (rest.length > MAX_LINE_BYTES) break;
  }
  if (rest.length > 0) yield { bytes: rest, ended: false, nextOffset: lineStart + rest.length };
}

/** The beginning of a file up to its first line's end, without that; all that was read of it when there is none. */
export async function firstLineOf(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(FIRST_LINE_BYTES);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    const end = buffer.indexOf(10);
    return buffer.subarray(0, end < 0 ? bytesRead : end);
  } finally {
    await file.close();
  }
}

/** Throws unless the open file is the one at `path`: else records would go where nobody finds them. */
export async function requireInPlace(file: FileHandle, path: string): Promise<void> {
  const [here, there] = await Promise.all([file.stat({ bigint: true }), stat(path, { bigint: true })]);
  if (here.dev !== there.dev || here.ino !== there.ino)
    throw new Error(`${path} was replaced while it was in use`);
}
