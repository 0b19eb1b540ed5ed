// The lines of the working tree that differ from a commit.
import { execFileSync } from 'node:child_process';

/** By file, the numbers of its changed lines, counted from 1. Throws when git does not know the commit. */
export function changedLines(root: string, commit: string): ReadonlyMap<string, ReadonlySet<number>> {
  const diff = execFileSync(
    'git',
    ['diff', '--unified=0', '--no-color', '--no-ext-diff', commit, '--', 'src'],
    {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    },
  );
  const changed = new Map<string, Set<number>>();
  let lines = new Set<number>();
  for (const line of diff.split('\n')) {
    const file = /^\+\+\+ b\/(.*)$/.exec(line)?.[1];
    if (file !== undefined) {
      lines = new Set();
      changed.set(file, lines);
    }
    const hunk = /^@@ \S+ \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (hunk === null) continue;
    const first = Number(hunk[1]);
    const length = Number(hunk[2] ?? '1');
    for (let at = first; at < first + length; at++) lines.add(at);
  }
  return changed;
}
