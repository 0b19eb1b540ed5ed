// Which test files run which part of which source file: each is run once with V8's own coverage, which sees worker
// threads and child processes too.
import { createHash } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Checkout } from './checkout.ts';

/** What one test file runs. */
export interface Covered {
  readonly test: string;
  readonly ms: number;
  /** Functions of `src` that were called: few of them make a test that is about something. */
  readonly functions: number;
  /** By source file, the ranges of each process; the innermost that holds an offset decides. */
  readonly ranges: Readonly<Record<string, readonly (readonly Range[])[]>>;
}

type Range = readonly [start: number, end: number, wasRun: 0 | 1];

interface Report {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly ranges: readonly { startOffset: number; endOffset: number; count: number }[];
    }[];
  }[];
}

/** Runs a test file with coverage; gives its closing lines when it fails. */
export async function coverageOf(
  checkout: Checkout,
  test: string,
): Promise<Covered | { readonly test: string; readonly failure: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'sealport-coverage-'));
  try {
    const { outcome, ms, output } = await checkout.run(test, { coverage: directory });
    if (outcome !== 'passed') return { test, failure: `${outcome}\n${output}` };
    const ranges: Record<string, Range[][]> = {};
    let functions = 0;
    for (const name of readdirSync(directory)) {
      const text = readFileSync(join(directory, name), 'utf8');
      // The process was killed while it wrote.
      if (!text.endsWith('}')) continue;
      for (const { url, functions: found } of (JSON.parse(text) as Report).result) {
        const file = /\/tree\/(src\/(?!.*generated\/|.*\.test\.ts$).*)$/.exec(url)?.[1];
        if (file === undefined) continue;
        functions += found.filter(({ ranges: [first] }) => (first?.count ?? 0) > 0).length;
        ranges[file] ??= [];
        ranges[file].push(
          found.flatMap((one) =>
            one.ranges.map((r): Range => [r.startOffset, r.endOffset, r.count > 0 ? 1 : 0]),
          ),
        );
      }
    }
    return { test, ms, functions, ranges };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * Remembers what test files run, in `.mutate/` of the tree at `root`, as long as no source and no helper changes.
 */
export function makeCoverageCache(root: string): {
  get(test: string): Covered | undefined;
  put(covered: Covered): void;
} {
  const hash = createHash('sha256');
  for (const file of globSync('{src,test}/**/*.ts', { cwd: root }).sort())
    if (!file.endsWith('.test.ts')) hash.update(file).update(readFileSync(join(root, file)));
  const common = hash.digest('hex');
  const directory = join(root, '.mutate');
  mkdirSync(directory, { recursive: true });
  const entry = (test: string) => {
    const own = createHash('sha256')
      .update(common)
      .update(test)
      .update(readFileSync(join(root, test)));
    return join(directory, `${own.digest('hex').slice(0, 32)}.json`);
  };
  return {
    get(test) {
      const path = entry(test);
      return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Covered) : undefined;
    },
    put: (covered) => writeFileSync(entry(covered.test), JSON.stringify(covered)),
  };
}

/** Whether a process of the test ran the code at `offset`. */
export function runs(covered: Covered, file: string, offset: number): boolean {
  return (covered.ranges[file] ?? []).some((ranges) => {
    let innermost: Range | undefined;
    for (const range of ranges) {
      const [start, end] = range;
      if (offset < start || offset >= end) continue;
      if (innermost === undefined || end - start <= innermost[1] - innermost[0]) innermost = range;
    }
    return innermost?.[2] === 1;
  });
}
