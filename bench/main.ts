// `npm run bench -- <name> [--option value …]`: runs one benchmark and prints its figures, with the machine.
import { cpus, loadavg, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { benchSigning } from './signing.ts';

const benchmarks: Readonly<Record<string, (options: { readonly quick: boolean }) => Promise<void>>> = {
  signing: benchSigning,
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false } },
});
const chosen = positionals.map((name) => ({ name, run: benchmarks[name] }));
const unknown = chosen.find(({ run }) => run === undefined);
if (chosen.length === 0 || unknown !== undefined) {
  console.error(
    `usage: npm run bench -- <name> [--quick]\nbenchmarks: ${Object.keys(benchmarks).join(', ')}${unknown === undefined ? '' : `\nno benchmark '${unknown.name}'`}`,
  );
  process.exit(2);
}
const [cpu] = cpus();
const loads = loadavg().map((load) => load.toFixed(2));
console.log(
  `${cpus().length} x ${cpu?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, OpenSSL ${process.versions.openssl}, load ${loads.join(' ')}`,
);
for (const { run } of chosen) await run?.({ quick: values.quick });
