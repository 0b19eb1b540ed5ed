// Contenders in turn, round after round, so that a busy moment of the machine meets all of them; then medians, their
// spread, and the ratio to ours within each round.
import type { Contender, ContenderName } from './contenders.ts';

/** What one run of a workload came to. `amount`: GiB or requests. */
export interface Measured {
  readonly amount: number;
  readonly seconds: number;
}

export interface Sample extends Measured {
  readonly workload: string;
  readonly contender: ContenderName;
  readonly round: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

export type Unit = 'GiB' | 'requests';

export interface Comparison {
  readonly workload: string;
  readonly unit: Unit;
  readonly samples: readonly Sample[];
}

/** One measured run, with what the server spent for it. */
async function sample(
  contender: Contender,
  workload: string,
  round: number,
  run: (on: Contender) => Promise<Measured>,
): Promise<Sample> {
  contender.forgetPeak();
  const before = contender.cpuSeconds();
  const { amount, seconds } = await run(contender);
  return {
    workload,
    contender: contender.name,
    round,
    amount,
    seconds,
    cpuSeconds: contender.cpuSeconds() - before,
    peakMiB: contender.peakMiB(),
  };
}

/** A B C, then C B A, and so on. `prepare` runs before each round, unmeasured. */
export async function compare(options: {
  readonly workload: string;
  readonly unit: Unit;
  readonly contenders: readonly Contender[];
  readonly rounds: number;
  readonly prepare?: (round: number) => Promise<void>;
  readonly run: (on: Contender) => Promise<Measured>;
  /** Unmeasured, after each run. */
  readonly cleanUp?: (on: Contender) => Promise<void>;
}): Promise<Comparison> {
  const { workload, unit, contenders, rounds, prepare, run, cleanUp } = options;
  const samples: Sample[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await prepare?.(round);
    for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
      samples.push(await sample(contender, workload, round, run));
      await cleanUp?.(contender);
    }
  }
  return { workload, unit, samples };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

const rateOf = ({ amount, seconds }: Sample) => amount / seconds;
const cpuOf = ({ amount, cpuSeconds }: Sample) => cpuSeconds / amount;

function shown(value: number): string {
  if (value >= 1000) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** Median of ours divided by theirs in the same round, with the lowest and the highest. */
function ratio(ours: readonly Sample[], theirs: readonly Sample[], of: (sample: Sample) => number): string {
  const ratios = theirs.flatMap((their) => {
    const our = ours.find(({ round }) => round === their.round);
    return our === undefined ? [] : [of(our) / of(their)];
  });
  return `${shown(median(ratios))} (${shown(Math.min(...ratios))}-${shown(Math.max(...ratios))})`;
}

/** Rows of a Markdown table. */
export function rowsOf({ workload, unit, samples }: Comparison): readonly string[] {
  const names = [...new Set(samples.map(({ contender }) => contender))];
  const of = (name: ContenderName) => samples.filter(({ contender }) => contender === name);
  const ours = of('sealport');
  return names.map((name) => {
    const their = of(name);
    const rates = their.map(rateOf);
    const spread = ((Math.max(...rates) - Math.min(...rates)) / median(rates)) * 100;
    const cpu = median(their.map(cpuOf));
    const cells = [
      workload,
      name,
      `${shown(median(rates))} ${unit === 'GiB' ? 'GiB/s' : '/s'}`,
      `${spread.toFixed(0)} %`,
      unit === 'GiB' ? `${cpu.toFixed(2)} s/GiB` : `${(cpu * 1e6).toFixed(0)} us`,
      `${Math.max(...their.map(({ peakMiB }) => peakMiB)).toFixed(0)} MiB`,
      name === 'sealport' ? '' : ratio(ours, their, rateOf),
      name === 'sealport' ? '' : ratio(ours, their, cpuOf),
    ];
    return `| ${cells.join(' | ')} |`;
  });
}

export const TABLE_HEAD: readonly string[] = [
  '| workload | server | median | spread | CPU | peak memory | ours : its rate (lowest-highest) | ours : its CPU |',
  '| --- | --- | --- | --- | --- | --- | --- | --- |',
];
