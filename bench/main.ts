// `npm run bench -- <name>… [--quick] [--out file]`: runs benchmarks and prints their figures, with the machine.
import { execFileSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchAudit } from './audit.ts';
import { benchDurable } from './durable.ts';
import { benchManifest } from './manifest.ts';
import { benchMemory } from './memory.ts';
import { benchPolicy } from './policy.ts';
import { benchPull } from './pull.ts';
import { benchPush } from './push.ts';
import { type BenchOptions, machineLine, makeReport } from './report.ts';
import { benchSigning } from './signing.ts';
import { benchStart } from './start.ts';

const benchmarks: Readonly<Record<string, (options: BenchOptions) => Promise<void>>> = {
  audit: benchAudit,
  policy: benchPolicy,
  signing: benchSigning,
  push: benchPush,
  pull: benchPull,
  manifest: benchManifest,
  durable: benchDurable,
  memory: benchMemory,
  start: benchStart,
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, out: { type: 'string' } },
});
const chosen = positionals.map((name) => ({ name, run: benchmarks[name] }));
const unknown = chosen.find(({ run }) => run === undefined);
if (chosen.length === 0 || unknown !== undefined) {
  console.error(
    `usage: npm run bench -- <name>… [--quick] [--out file]\nbenchmarks: ${Object.keys(benchmarks).join(', ')}${unknown === undefined ? '' : `\nno benchmark '${unknown.name}'`}`,
  );
  process.exit(2);
}
const { quick, out } = values;
const build = join(import.meta.dirname, '..', 'scripts', 'build.ts');
execFileSync(process.execPath, [build], { stdio: ['ignore', 'ignore', 'inherit'] });
const loads = loadavg().map((load) => load.toFixed(2));
console.log(`${machineLine()}, load ${loads.join(' ')}`);
const report = makeReport({ names: positionals, quick });
for (const { run } of chosen) await run?.({ quick, report });
report.print();
if (out !== undefined) report.write(out);
