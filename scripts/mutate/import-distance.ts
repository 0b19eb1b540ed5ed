// How far a test file is from a source file, in imports. A path in a text counts as an import: that is how tests name
// the programs that they start.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

/** The distance of each file of `src` and `test` to the nearest of `targets`; files that never get there are left out. */
export function distancesTo(root: string, targets: readonly string[]): ReadonlyMap<string, number> {
  const importers = new Map<string, string[]>();
  for (const file of globSync('{src,test}/**/*.ts', { cwd: root })) {
    for (const imported of importsOf(root, file)) {
      const known = importers.get(imported);
      if (known === undefined) importers.set(imported, [file]);
      else known.push(file);
    }
  }
  const distances = new Map(targets.map((target) => [target, 0]));
  let edge = [...targets];
  for (let distance = 1; edge.length > 0; distance++) {
    const next: string[] = [];
    for (const file of edge.flatMap((target) => importers.get(target) ?? [])) {
      if (distances.has(file)) continue;
      distances.set(file, distance);
      next.push(file);
    }
    edge = next;
  }
  return distances;
}

function importsOf(root: string, file: string): readonly string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found: string[] = [];
  for (const [, path = ''] of text.matchAll(/['"`]([./][\w./-]*\.ts)['"`]/g)) {
    const imported = relative(root, normalize(join(root, dirname(file), path)));
    if (!imported.startsWith('..') && existsSync(join(root, imported))) found.push(imported);
  }
  return found;
}
