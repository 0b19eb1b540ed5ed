/**
 * `npm run test:oracle`: random policies and requests through our evaluation and through an independent one,
 * @cloud-copilot/iam-simulate. That one is under the AGPL: it is installed outside of the repository, is never a
 * dependency, and nothing of it is in our code. Every disagreement must belong to a class that docs/access.md explains.
 *
 *   npm run test:oracle -- [--cases 20000] [--seed N]     a fixed seed first, then another one, which is printed
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import {
  type ContextLookup,
  compilePolicy,
  evaluate,
  type NamedPolicy,
  type PolicyKind,
} from '../../src/domain/access/index.ts';
import { replaceAwsPrincipals } from '../../src/shared/policy-principals.ts';
import { explained } from './explained.ts';
import { dice, type PolicyCase, policyCase, uniqueIds } from './policy-cases.ts';
import { shrink } from './shrink.ts';

const PACKAGE = '@cloud-copilot/iam-simulate';
const VERSION = '0.1.173';
/** Disagreements that are printed, each as small as it gets. */
const SHOWN = 10;
const FIXED_SEED = 20_261_125;

type Verdict = 'Allowed' | 'ExplicitlyDenied' | 'ImplicitlyDenied';
type RunSimulation = (simulation: object, options: object) => Promise<SimulationResult>;
type SimulationResult =
  | { readonly resultType: 'error'; readonly errors: object }
  | {
      readonly resultType: 'single';
      readonly overallResult: Verdict;
      /** Keys that the action does not know. */
      readonly result: { readonly ignoredContextKeys?: readonly string[] };
    };

async function oracle(): Promise<RunSimulation> {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = join(cache, 'sealport-oracle', VERSION);
  const entry = join(folder, 'node_modules', PACKAGE, 'dist', 'esm', 'index.js');
  if (!existsSync(entry)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--save-exact', `${PACKAGE}@${VERSION}`], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  const module = (await import(pathToFileURL(entry).href)) as { runSimulation: RunSimulation };
  return module.runSimulation;
}

const named = (name: string, document: object, kind: PolicyKind): NamedPolicy => ({
  name,
  policy: compilePolicy(replaceAwsPrincipals(JSON.stringify(document), uniqueIds), kind),
});

function ours(given: PolicyCase, ignored: readonly string[]): Verdict {
  const known = Object.entries(given.context).filter(([key]) => !ignored.includes(key));
  const values = new Map(known.map(([key, value]) => [key.toLowerCase(), value]));
  const context: ContextLookup = (key) => values.get(key);
  const decision = evaluate({
    principal: given.principal,
    action: given.action,
    resource: given.resource,
    resourceAccount: given.resourceAccount,
    context,
    resourcePolicyDecides: given.resourcePolicy?.kind === 'trust',
    identityPolicies: given.identity.map((document, index) => named(`policy ${index}`, document, 'identity')),
    ...(given.boundary === undefined ? {} : { boundary: named('boundary', given.boundary, 'boundary') }),
    ...(given.session === undefined ? {} : { sessionPolicies: [named('session', given.session, 'session')] }),
    ...(given.resourcePolicy === undefined
      ? {}
      : { resourcePolicies: [named('resource', given.resourcePolicy.document, given.resourcePolicy.kind)] }),
  });
  if (decision.allowed) return 'Allowed';
  return decision.explicit ? 'ExplicitlyDenied' : 'ImplicitlyDenied';
}

const everything = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } };

async function theirs(
  run: RunSimulation,
  given: PolicyCase,
): Promise<{ readonly verdict: Verdict; readonly ignored: readonly string[] }> {
  const { principal, boundary, session, resourcePolicy } = given;
  const result = await run(
    {
      request: {
        principal: 'arn' in principal ? principal.arn : { type: 'Anonymous' },
        action: given.action,
        resource: { resource: given.resource, accountId: given.resourceAccount },
        contextVariables: given.context,
      },
      identityPolicies: given.identity.map((policy, index) => ({ name: `policy ${index}`, policy })),
      serviceControlPolicies: [{ orgIdentifier: 'o-1', policies: [{ name: 'all', policy: everything }] }],
      resourceControlPolicies: [],
      ...(boundary === undefined
        ? {}
        : { permissionBoundaryPolicies: [{ name: 'boundary', policy: boundary }] }),
      ...(session === undefined ? {} : { sessionPolicy: session }),
      ...(resourcePolicy === undefined ? {} : { resourcePolicy: resourcePolicy.document }),
    },
    {},
  );
  if (result.resultType !== 'single')
    throw new Error(`refused: ${JSON.stringify(result)}\n${JSON.stringify(given)}`);
  return { verdict: result.overallResult, ignored: result.result.ignoredContextKeys ?? [] };
}

async function both(run: RunSimulation, given: PolicyCase): Promise<{ own: Verdict; other: Verdict }> {
  const { verdict, ignored } = await theirs(run, given);
  return { own: ours(given, ignored), other: verdict };
}

async function classOf(run: RunSimulation, given: PolicyCase): Promise<string | undefined> {
  for (const [name, rewrite] of Object.entries(explained)) {
    const { own, other } = await both(run, rewrite(given));
    if (own === other) return name;
  }
  const rewritten = Object.values(explained).reduce((all, rewrite) => rewrite(all), given);
  const { own, other } = await both(run, rewritten);
  return own === other ? 'several of these together' : undefined;
}

interface Tally {
  readonly verdicts: Record<Verdict, number>;
  readonly explained: Map<string, number>;
  disagreements: number;
}

async function compare(run: RunSimulation, seed: number, cases: number): Promise<Tally> {
  const tally: Tally = {
    verdicts: { Allowed: 0, ExplicitlyDenied: 0, ImplicitlyDenied: 0 },
    explained: new Map(),
    disagreements: 0,
  };
  const d = dice(seed);
  for (let n = 0; n < cases; n += 1) {
    const given = policyCase(d);
    const { own, other } = await both(run, given);
    tally.verdicts[own] += 1;
    if (own === other) continue;
    const known = await classOf(run, given);
    if (known !== undefined) {
      tally.explained.set(known, (tally.explained.get(known) ?? 0) + 1);
      continue;
    }
    tally.disagreements += 1;
    if (tally.disagreements > SHOWN) continue;
    const smallest = await shrink(given, async (candidate) => {
      const verdicts = await both(run, candidate).catch(() => undefined);
      return verdicts !== undefined && verdicts.own === own && verdicts.other === other;
    });
    console.log(`case ${n} of seed ${seed}: ours ${own}, theirs ${other}\n${JSON.stringify(smallest)}`);
  }
  return tally;
}

const { values: options } = parseArgs({ options: { cases: { type: 'string' }, seed: { type: 'string' } } });
const cases = Number(options.cases ?? 20_000);
const seeds = options.seed === undefined ? [FIXED_SEED, Date.now() % 2 ** 32] : [Number(options.seed)];
const run = await oracle();
let disagreements = 0;
for (const seed of seeds) {
  const started = performance.now();
  const tally = await compare(run, seed, cases);
  disagreements += tally.disagreements;
  const { Allowed, ExplicitlyDenied, ImplicitlyDenied } = tally.verdicts;
  console.log(
    `seed ${seed}: ${cases} cases, ${Allowed} allowed, ${ExplicitlyDenied} denied by a statement, ${ImplicitlyDenied} by default; ${tally.disagreements} unexplained disagreements with ${PACKAGE} ${VERSION} (${((performance.now() - started) / 1000).toFixed(1)} s)`,
  );
  for (const [name, count] of tally.explained) console.log(`  ${count} times as explained: ${name}`);
}
process.exitCode = disagreements === 0 ? 0 : 1;
