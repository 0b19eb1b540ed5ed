// Decides about one mutant: its tests run, the most telling first, until one fails.
import type { Checkout } from './checkout.ts';
import { type Covered, runs } from './coverage.ts';
import { type Mutant, mutated, parses } from './mutants.ts';

export type Verdict =
  /** `by`: the test file that failed, or did not end. */
  | { readonly outcome: 'killed' | 'timed out'; readonly by: string }
  /** Every test that runs the line passed. */
  | { readonly outcome: 'survived'; readonly tests: number }
  /** No test runs the line. */
  | { readonly outcome: 'not covered' }
  /** Time was up with so many tests left. */
  | { readonly outcome: 'undecided'; readonly left: number }
  | { readonly outcome: 'no program' };

/** A test that takes this many times as long as without the mutant hangs. */
const PATIENCE = 4;
const LEAST_PATIENCE_MS = 15_000;

/** `tests` in the order in which they are run. The checkout has the file's own text again afterwards. */
export async function decide(
  checkout: Checkout,
  mutant: Mutant,
  source: string,
  tests: readonly Covered[],
  boundMs: number,
): Promise<Verdict> {
  const text = mutated(source, mutant);
  if (!parses(text)) return { outcome: 'no program' };
  const able = tests.filter((test) => runs(test, mutant.file, mutant.start));
  if (able.length === 0) return { outcome: 'not covered' };
  const until = performance.now() + boundMs;
  checkout.write(mutant.file, text);
  try {
    for (const [index, { test, ms }] of able.entries()) {
      if (performance.now() > until) return { outcome: 'undecided', left: able.length - index };
      const timeoutMs = Math.max(LEAST_PATIENCE_MS, ms * PATIENCE);
      const { outcome } = await checkout.run(test, { timeoutMs });
      if (outcome === 'failed') return { outcome: 'killed', by: test };
      if (outcome === 'timed out') return { outcome: 'timed out', by: test };
    }
    return { outcome: 'survived', tests: able.length };
  } finally {
    checkout.write(mutant.file, source);
  }
}
