// What a run found: printed as Markdown for bench/README.md, and as JSON with every sample.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { type Comparison, rowsOf, TABLE_HEAD } from './comparison.ts';
import type { Contender } from './contenders.ts';

export interface BenchOptions {
  /** Fewer and shorter rounds, to see that it works. */
  readonly quick: boolean;
  readonly report: Report;
  /** Of `growth`: how many images, one after the other. */
  readonly sizes?: readonly number[] | undefined;
}

export interface Report {
  /** Remembers who took part. */
  took(contenders: readonly Contender[]): void;
  /** Adds what was compared, and prints it. */
  add(comparison: Comparison): void;
  /** Adds figures of another kind, and prints them as a line. */
  note(name: string, figures: Readonly<Record<string, number | string | readonly number[]>>): void;
  /** Prints the table. */
  print(): void;
  write(file: string): void;
}

/** With the congestion control of TCP: some pace what they send, on loopback too, which bounds every server's rate. */
export function machineLine(): string {
  const [cpu] = cpus();
  const gib = Math.round(totalmem() / 2 ** 30);
  const congestion = readFileSync('/proc/sys/net/ipv4/tcp_congestion_control', 'utf8').trim();
  return `${cpus().length} x ${cpu?.model ?? 'unknown'}, ${gib} GiB, Linux ${release()}, TCP ${congestion}, Node ${process.version}, OpenSSL ${process.versions.openssl}`;
}

const load = () => loadavg().map((value) => Number(value.toFixed(2)));

export function makeReport(options: { readonly names: readonly string[]; readonly quick: boolean }): Report {
  const versions = new Map<string, string>();
  const comparisons: Comparison[] = [];
  const notes: { name: string; figures: object }[] = [];
  const loadBefore = load();
  return {
    took(contenders) {
      for (const { name, version } of contenders) versions.set(name, version);
    },
    add(comparison) {
      comparisons.push(comparison);
      for (const row of rowsOf(comparison)) console.log(row);
    },
    note(name, figures) {
      notes.push({ name, figures });
      const parts = Object.entries(figures).map(([key, value]) => `${key} ${String(value)}`);
      console.log(`${name}: ${parts.join(', ')}`);
    },
    print() {
      if (comparisons.length === 0) return;
      console.log(`\n${machineLine()}; load before ${loadBefore.join(' ')}, after ${load().join(' ')}`);
      console.log([...versions].map(([name, version]) => `${name}: ${version}`).join('; '));
      console.log(['', ...TABLE_HEAD, ...comparisons.flatMap(rowsOf)].join('\n'));
    },
    write(file) {
      const document = {
        benchmarks: options.names,
        quick: options.quick,
        machine: machineLine(),
        load: { before: loadBefore, after: load() },
        versions: Object.fromEntries(versions),
        notes,
        comparisons,
      };
      writeFileSync(file, `${JSON.stringify(document, undefined, 1)}\n`);
    },
  };
}
