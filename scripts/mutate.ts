// Mutation testing of the critical modules: `npm run mutate -- [path…]`. Makes small faults in the sources, one at a
// time in a copy of the tree, and runs the tests that run the changed line until one fails. A mutant that survives
// names a missing test.
import { randomInt } from 'node:crypto';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { changedLines } from './mutate/changed-lines.ts';
import { type Checkout, makeCheckout } from './mutate/checkout.ts';
import { type Covered, coverageOf, makeCoverageCache } from './mutate/coverage.ts';
import { decide, type Verdict } from './mutate/decide.ts';
import { equivalents } from './mutate/equivalent.ts';
import { distancesTo } from './mutate/import-distance.ts';
import { moduleOf, modules } from './mutate/modules.ts';
import { type Mutant, mutantsOf } from './mutate/mutants.ts';

const usage = `Usage: npm run mutate -- [options] [path…]

Paths are files or folders of src; without one, the critical modules are meant.

  --changed <commit>   mutate only what changed since the commit, its changed lines first
  --matching <text>    mutate only lines that hold the text
  --limit <n>          so many mutants of each module, drawn at random (default: all)
  --minutes <n>        stop after so many minutes, and say what is undecided
  --bound <seconds>    time for one mutant (default 120)
  --jobs <n>           tests that run at the same time (default: one for each core)
  --at-least <percent> end with 1 when fewer of a module's mutants are killed
  --seed <n>           draw the same mutants again
  --json <file>        write every verdict there
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    changed: { type: 'string' },
    matching: { type: 'string', default: '' },
    limit: { type: 'string' },
    minutes: { type: 'string', default: '100000' },
    bound: { type: 'string', default: '120' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    'at-least': { type: 'string' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}

function count(name: 'limit' | 'minutes' | 'bound' | 'jobs' | 'at-least' | 'seed'): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) {
    process.stderr.write(`--${name} takes a whole number\n`);
    process.exit(2);
  }
  return number;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const seed = count('seed') ?? 0;
const jobs = Math.max(1, count('jobs') ?? 1);
const limit = count('limit') ?? Number.POSITIVE_INFINITY;
const boundMs = (count('bound') ?? 120) * 1000;
const endsAt = performance.now() + (count('minutes') ?? 0) * 60_000;
/** With little time, part of it is kept for the mutants themselves. */
const coverageEndsAt = performance.now() + (endsAt - performance.now()) * 0.5;

const say = (line: string) => process.stdout.write(`${line}\n`);

/** Numbers in [0, 1) that only depend on the seed (mulberry32). */
function makeRandom(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function sourceFiles(): readonly string[] {
  const all = globSync('src/**/*.ts', { cwd: root }).filter(
    (file) => !file.endsWith('.test.ts') && !file.includes('/generated/'),
  );
  const wanted = positionals.map((path) => path.replace(/^\.\//, '').replace(/\/$/, ''));
  const isWanted = (file: string) =>
    wanted.length === 0
      ? moduleOf(file) !== undefined
      : wanted.some((path) => file === path || file.startsWith(`${path}/`));
  const files = all.filter(isWanted).sort();
  if (files.length === 0) {
    process.stderr.write('no source file there\n');
    process.exit(2);
  }
  return files;
}

function lineOf({ line }: Mutant, source: string): string {
  return source.split('\n')[line - 1]?.trim() ?? '';
}

function isEquivalent(mutant: Mutant, source: string): boolean {
  const { file, kind } = mutant;
  const text = lineOf(mutant, source);
  return equivalents.some((one) => one.file === file && one.kind === kind && one.line === text);
}

/** In the order in which they are tried: a random one, so that what time allows is a fair sample. */
function drawMutants(files: readonly string[], sources: ReadonlyMap<string, string>): readonly Mutant[] {
  const random = makeRandom(seed);
  const changed = values.changed === undefined ? undefined : changedLines(root, values.changed);
  const drawn = files
    .filter((file) => changed === undefined || changed.has(file))
    .flatMap((file) => {
      const source = sources.get(file) ?? '';
      return mutantsOf(file, source).filter(
        (mutant) => lineOf(mutant, source).includes(values.matching) && !isEquivalent(mutant, source),
      );
    })
    .map((mutant) => {
      const isNew = changed?.get(mutant.file)?.has(mutant.line) ?? true;
      return { mutant, at: random() + (isNew ? 0 : 1) };
    })
    .sort((a, b) => a.at - b.at);
  const taken = new Map<string, number>();
  return drawn
    .map(({ mutant }) => mutant)
    .filter(({ file }) => {
      const name = moduleOf(file) ?? 'others';
      taken.set(name, (taken.get(name) ?? 0) + 1);
      return (taken.get(name) ?? 0) <= limit;
    });
}

/** Runs `work` on each item, `jobs` at a time, each in a checkout of its own. */
async function inCheckouts<T>(
  checkouts: readonly Checkout[],
  items: readonly T[],
  work: (checkout: Checkout, item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  await Promise.all(
    checkouts.map(async (checkout) => {
      for (const item of queue) await work(checkout, item);
    }),
  );
}

/** The nearest tests first, as long as there is time: those are the likeliest to see a fault. */
async function coverAll(
  checkouts: readonly Checkout[],
  files: readonly string[],
): Promise<readonly Covered[]> {
  const distances = distancesTo(root, files);
  const tests = globSync(['src/**/*.test.ts', 'test/{wire,contract,crash}/**/*.test.ts', 'test/*.test.ts'], {
    cwd: root,
  })
    .filter((test) => distances.has(test))
    .sort((a, b) => (distances.get(a) ?? 0) - (distances.get(b) ?? 0));
  const cache = makeCoverageCache(root);
  const covered: Covered[] = [];
  let left = 0;
  await inCheckouts(checkouts, tests, async (checkout, test) => {
    const known = cache.get(test);
    if (known !== undefined) {
      covered.push(known);
      return;
    }
    if (performance.now() > coverageEndsAt) {
      left++;
      return;
    }
    const found = await coverageOf(checkout, test);
    if ('failure' in found) say(`left out, it does not pass without mutants: ${test}\n${found.failure}`);
    else {
      cache.put(found);
      covered.push(found);
    }
  });
  say(`${covered.length} test files run, ${left} left for want of time`);
  return covered.sort((a, b) => a.functions - b.functions || a.ms - b.ms);
}

interface Decided {
  readonly mutant: Mutant;
  readonly verdict: Verdict;
}

function isKilled({ verdict }: Decided): boolean {
  return verdict.outcome === 'killed' || verdict.outcome === 'timed out';
}

function isSurvivor({ verdict }: Decided): boolean {
  return verdict.outcome === 'survived' || verdict.outcome === 'not covered';
}

function describe({ mutant, verdict }: Decided, source: string): string {
  const before = source.slice(mutant.start, mutant.end).replaceAll(/\s+/g, ' ').slice(0, 80);
  const after = mutant.replacement.replaceAll(/\s+/g, ' ').slice(0, 80);
  const tests = verdict.outcome === 'survived' ? ` (${verdict.tests} test files)` : '';
  return `${verdict.outcome}${tests}: ${mutant.file}:${mutant.line} ${mutant.kind}: ${before} -> ${after}`;
}

/** Gives whether every module has at least so many percent killed. */
function summarize(decided: readonly Decided[], atLeast: number): boolean {
  let isEnough = true;
  say('module: decided, killed, survived, undecided, score');
  for (const name of [...Object.keys(modules), 'others']) {
    const own = decided.filter(({ mutant }) => (moduleOf(mutant.file) ?? 'others') === name);
    const killed = own.filter(isKilled).length;
    const survived = own.filter(isSurvivor).length;
    if (killed + survived === 0) continue;
    const undecided = own.filter(({ verdict }) => verdict.outcome === 'undecided').length;
    const score = Math.floor((100 * killed) / (killed + survived));
    if (score < atLeast) isEnough = false;
    say(`${name}: ${killed + survived}, ${killed}, ${survived}, ${undecided}, ${score} %`);
  }
  return isEnough;
}

const files = sourceFiles();
const sources = new Map(files.map((file) => [file, readFileSync(`${root}/${file}`, 'utf8')]));
const mutants = drawMutants(files, sources);
say(`seed ${seed}: ${mutants.length} mutants in ${new Set(mutants.map(({ file }) => file)).size} files`);
if (mutants.length === 0) process.exit(0);

const checkouts = Array.from({ length: jobs }, () => makeCheckout(root));
const decided: Decided[] = [];
let untried = 0;
try {
  const covered = await coverAll(checkouts, [...new Set(mutants.map(({ file }) => file))]);
  await inCheckouts(checkouts, mutants, async (checkout, mutant) => {
    const leftMs = endsAt - performance.now();
    if (leftMs <= 0) {
      untried++;
      return;
    }
    const source = sources.get(mutant.file) ?? '';
    const one = {
      mutant,
      verdict: await decide(checkout, mutant, source, covered, Math.min(boundMs, leftMs)),
    };
    decided.push(one);
    if (isSurvivor(one)) say(describe(one, source));
  });
} finally {
  for (const checkout of checkouts) checkout.remove();
}
if (untried > 0) say(`${untried} mutants were not tried for want of time`);
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ seed, decided }, undefined, 1)}\n`);
if (!summarize(decided, count('at-least') ?? 0)) process.exitCode = 1;
