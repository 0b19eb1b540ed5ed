// A quick look at the end of a log, beside whoever writes it: whether head and mark fit to each other and to the records
// that they name. It reads a few kilobytes; verify.ts reads everything.
import { type Head, readHead } from './head.ts';
import { behind, missingAt } from './recover.ts';
import type { AuditKey } from './seal.ts';
import { findMark, type MarkStore } from './second-place.ts';
import { listSegments } from './segments.ts';

/** `sequence`: how far the log goes. `marks` of a database that cannot be asked count as none. */
export async function checkEnd(
  directory: string,
  keys: readonly AuditKey[],
  marks: MarkStore | undefined,
): Promise<{ readonly sequence: number; readonly problem?: string }> {
  const found = await readHead(directory, keys);
  // After the head: the database has each mark before the head names it.
  const mark = await findMark(marks, keys).catch(() => undefined);
  const wrong = (problem: string, sequence = 0) => ({ sequence, problem });
  if (found.kind === 'bad') return wrong('the head was not made under this master key, or was changed');
  if (mark?.kind === 'bad')
    return wrong('the mark in the database was not made under this master key, or was changed');
  const head = found.kind === 'good' ? found.head : undefined;
  const marked = mark?.kind === 'good' ? mark.head : undefined;
  const isEmpty = (await listSegments(directory)).length === 0;
  if (head === undefined)
    return isEmpty && marked === undefined
      ? { sequence: 0 }
      : wrong(isEmpty ? 'the trail that the database knows is gone' : 'the head is missing');
  const { sequence } = head;
  const problem = await problemOf(directory, head, mark?.kind === 'absent', marked);
  return problem === undefined ? { sequence } : wrong(problem, sequence);
}

async function problemOf(
  directory: string,
  head: Head,
  isUnmarked: boolean,
  mark: Head | undefined,
): Promise<string | undefined> {
  if (isUnmarked && head.mark > 0) return `the database has no mark, it had number ${head.mark}`;
  if (mark !== undefined && mark.log !== head.log) return 'the mark in the database is of another trail';
  const missing = await missingAt(directory, head);
  if (missing !== undefined) return missing;
  if (mark !== undefined && mark.sequence > head.sequence) {
    const cut = await missingAt(directory, mark);
    if (cut !== undefined) return cut;
  }
  if (mark !== undefined && mark.mark < head.mark) return behind(mark, head, head.mark).reason;
  return head.finding === 0
    ? undefined
    : `record ${head.finding} says what was found, and nobody has accepted it`;
}
