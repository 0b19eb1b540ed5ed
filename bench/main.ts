// `npm run bench -- <name>… [--quick] [--sizes n,n…] [--out file]`: runs benchmarks and prints their figures, with the machine.
import { execFileSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchAudit } from './audit.ts';
import { benchDurable } from './durable.ts';
import { benchGrowth } from './growth.ts';
import { benchManifest } from './manifest.ts';
import { benchMemory } from './memory.ts';
import { benchPolicy } from './policy.ts';
import { benchPull } from './pull.ts';
import { benchPush } from './push.ts';
import { type BenchOptions, machineLine, makeReport } from './report.ts';
import { benchSigning } from './signing.ts';
import { benchStalls } from './stalls.ts';
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
  stalls: benchStalls,
  growth: benchGrowth,
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, out: { type: 'string' }, sizes: { type: 'string' } },
});
const chosen = positionals.map((name) => ({ name, run: benchmarks[name] }));
const unknown = chosen.find(({ run }) => run === undefined);
const sizes = values.sizes?.split(',').map(Number);
// Sizes are cut into tenths and hundredths.
const badSizes = sizes?.some((n) => !Number.isInteger(n / 1000) || n < 1000 || n > 1_000_000);
if (chosen.length === 0 || unknown !== undefined || badSizes === true) {
  console.error(
    `usage: npm run bench -- <name>… [--quick] [--sizes n,n…] [--out file]\nsizes (of growth): multiples of 1,000 up to 1,000,000\nbenchmarks: ${Object.keys(benchmarks).join(', ')}${unknown === undefined ? '' : `\nno benchmark '${unknown.name}'`}`,
  );
  process.exit(2);
}
const { quick, out } = values;
const build = join(import.meta.dirname, '..', 'scripts', 'build.ts');
execFileSync(process.execPath, [build], { stdio: ['ignore', 'ignore', 'inherit'] });
const loads = loadavg().map((load) => load.toFixed(2));
console.log(`${machineLine()}, load ${loads.join(' ')}`);
const report = makeReport({ names: positionals, quick });
for (const { run } of chosen) await run?.({ quick, report, sizes });
report.print();
if (out !== undefined) report.write(out);
