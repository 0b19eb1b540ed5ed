// From the start of the process to its first answer: on an empty directory and on one that was used before.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { percentile } from './load.ts';
import type { BenchOptions } from './report.ts';
import { startServerProcess } from './server-process.ts';
import { inWorkDir } from './work-dir.ts';

const sorted = (values: readonly number[]) => Float64Array.from(values).sort();

export async function benchStart({ quick, report }: BenchOptions): Promise<void> {
  const times = quick ? 5 : 20;
  await inWorkDir('disk', 1, async (dir) => {
    const fresh: number[] = [];
    const again: number[] = [];
    const resident: number[] = [];
    for (let at = 0; at < times; at += 1) {
      const dataDir = join(dir, `data${at}`);
      await mkdir(dataDir);
      for (const into of [fresh, again]) {
        const server = await startServerProcess(dataDir);
        into.push(server.startMs);
        resident.push(server.residentMiB());
        await server.stop();
      }
    }
    for (const [name, values] of [
      ['start to first answer, empty directory', sorted(fresh)],
      ['start to first answer, used directory', sorted(again)],
    ] as const) {
      report.note(name, {
        'p50 ms': percentile(values, 50).toFixed(0),
        'lowest ms': percentile(values, 0).toFixed(0),
        'highest ms': percentile(values, 100).toFixed(0),
      });
    }
    report.note('resident after the start', { 'p50 MiB': percentile(sorted(resident), 50).toFixed(0) });
  });
}
