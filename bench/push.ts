// One large blob pushed with POST, PATCH and PUT, into memory and onto the disk. Every push is acknowledged with its
// digest, which the server must have computed; every push is of new content, so that nobody finds it there already.
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOfFile, pushFile } from './clients.ts';
import { compare } from './comparison.ts';
import { type Contender, startContenders, stopAll } from './contenders.ts';
import type { BenchOptions } from './report.ts';
import { inWorkDir, type Medium, writeNoise } from './work-dir.ts';

const GIB = 2 ** 30;
const LARGE = 8 * 1024 * 1024;

/** Takes away the pushed bytes under the server's feet, so that rounds do not fill the disk. */
async function forgetBlobs({ dir }: Contender): Promise<void> {
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    if ((await stat(file)).size > LARGE) await rm(file);
  }
}

async function pushInto(medium: Medium, { quick, report }: BenchOptions): Promise<void> {
  const mib = quick ? 256 : 1024;
  await inWorkDir(medium, 6, async (dir) => {
    const contenders = await startContenders(['sealport', 'docker-registry', 'distribution v3'], dir);
    report.took(contenders);
    const file = join(dir, 'blob');
    let digest = '';
    const one = {
      unit: 'GiB',
      contenders,
      rounds: quick ? 2 : 5,
      prepare: async (round: number) => {
        await writeNoise(file, mib, round);
        digest = await digestOfFile(file);
      },
      cleanUp: forgetBlobs,
    } as const;
    const label = medium === 'memory' ? 'tmpfs' : 'disk';
    try {
      report.add(
        await compare({
          ...one,
          workload: `push ${mib} MiB, ${label}`,
          run: async (on) => {
            const { bytes, seconds } = await pushFile(on, file, digest);
            return { amount: bytes / GIB, seconds };
          },
        }),
      );
    } finally {
      await stopAll(contenders);
    }
  });
}

async function pushInParallel({ quick, report }: BenchOptions): Promise<void> {
  const mib = quick ? 64 : 256;
  const parallel = 8;
  await inWorkDir('memory', 10, async (dir) => {
    const contenders = await startContenders(['sealport', 'docker-registry', 'distribution v3'], dir);
    const files = Array.from({ length: parallel }, (_, at) => join(dir, `blob${at}`));
    let digests: readonly string[] = [];
    try {
      report.add(
        await compare({
          workload: `${parallel} pushes at once of ${mib} MiB, tmpfs`,
          unit: 'GiB',
          contenders,
          rounds: quick ? 2 : 5,
          prepare: async (round) => {
            for (const [at, file] of files.entries()) await writeNoise(file, mib, 1000 * at + round);
            digests = await Promise.all(files.map((file) => digestOfFile(file)));
          },
          run: async (on) => {
            const started = performance.now();
            const moved = await Promise.all(files.map((file, at) => pushFile(on, file, digests[at] ?? '')));
            const bytes = moved.reduce((total, each) => total + each.bytes, 0);
            return { amount: bytes / GIB, seconds: (performance.now() - started) / 1000 };
          },
          cleanUp: forgetBlobs,
        }),
      );
    } finally {
      await stopAll(contenders);
    }
  });
}

export async function benchPush(options: BenchOptions): Promise<void> {
  await pushInto('memory', options);
  await pushInto('disk', options);
  await pushInParallel(options);
}
