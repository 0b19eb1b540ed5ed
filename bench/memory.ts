// The server's resident memory, second by second: idle, with uploads and downloads at once, through 200 uploads in
// parallel, and through one upload of 20 GiB. Memory that grows with the bytes or the clients shows here.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestOfFile, pullFor, pushFile } from './clients.ts';
import { type Contender, startContenders, stopAll } from './contenders.ts';
import { fill } from './fill.ts';
import type { BenchOptions, Report } from './report.ts';
import { inWorkDir, writeNoise } from './work-dir.ts';

/** Watches the resident memory while `work` runs; notes it in at most 30 steps. */
async function watched(
  report: Report,
  name: string,
  on: Contender,
  work: () => Promise<unknown>,
): Promise<void> {
  on.forgetPeak();
  const seen: number[] = [];
  const started = performance.now();
  const cpu = on.cpuSeconds();
  const timer = setInterval(() => seen.push(Math.round(on.residentMiB())), 500);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  const step = Math.max(1, Math.ceil(seen.length / 30));
  report.note(name, {
    seconds: Number(((performance.now() - started) / 1000).toFixed(1)),
    'CPU seconds': Number((on.cpuSeconds() - cpu).toFixed(2)),
    'peak MiB': Math.round(on.peakMiB()),
    'resident MiB over time': seen.filter((_, at) => at % step === 0),
  });
}

export async function benchMemory({ quick, report }: BenchOptions): Promise<void> {
  const hugeGiB = quick ? 2 : 20;
  await inWorkDir('disk', hugeGiB + 14, async (dir) => {
    const [server] = await startContenders(['sealport'], dir);
    if (server === undefined) throw new Error('no server');
    report.took([server]);
    const file = (name: string) => join(dir, name);
    try {
      await watched(report, 'idle', server, () => sleep(quick ? 2000 : 5000));
      await writeNoise(file('large'), 1024, 1);
      const { paths } = await fill([server], dir, file('large'));

      const parts = Array.from({ length: 8 }, (_, at) => file(`part${at}`));
      for (const [at, part] of parts.entries()) await writeNoise(part, quick ? 64 : 512, 10 + at);
      const digests = await Promise.all(parts.map((part) => digestOfFile(part)));
      await watched(report, '8 uploads and 32 downloads at once', server, () =>
        Promise.all([
          ...parts.map((part, at) => pushFile(server, part, digests[at] ?? '')),
          pullFor(server, paths.large, 32, quick ? 3 : 15),
        ]),
      );
      for (const part of parts) await rm(part);

      const many = Array.from({ length: 200 }, (_, at) => file(`many${at}`));
      for (const [at, each] of many.entries()) await writeNoise(each, 8, 100 + at);
      const manyDigests: string[] = [];
      for (const each of many) manyDigests.push(await digestOfFile(each));
      await watched(report, '200 uploads of 8 MiB at once', server, () =>
        Promise.all(many.map((each, at) => pushFile(server, each, manyDigests[at] ?? ''))),
      );

      await writeNoise(file('huge'), 512, 7);
      const repeat = hugeGiB * 2;
      const digest = await digestOfFile(file('huge'), repeat);
      await watched(report, `one upload of ${hugeGiB} GiB`, server, () =>
        pushFile(server, file('huge'), digest, repeat),
      );
      await watched(report, 'idle again', server, () => sleep(quick ? 2000 : 10_000));
    } finally {
      await stopAll([server]);
    }
  });
}
