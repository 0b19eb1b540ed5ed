// One blob of a GiB pulled over 1, 8 and 32 connections, from the page cache, by a client that throws the bytes away;
// then over TLS. Before, every contender's bytes are checked against the digest.
import { join } from 'node:path';
import { pullFor } from './clients.ts';
import { compare } from './comparison.ts';
import { makeTlsFiles, startContenders, stopAll, TWO_THREADS } from './contenders.ts';
import { fill } from './fill.ts';
import type { BenchOptions } from './report.ts';
import type { TlsFiles } from './server-process.ts';
import { inWorkDir, writeNoise } from './work-dir.ts';

const GIB = 2 ** 30;
const NAMES = ['sealport', TWO_THREADS, 'docker-registry', 'distribution v3', 'nginx'] as const;

export async function benchPull({ quick, report }: BenchOptions): Promise<void> {
  const rounds = quick ? 2 : 5;
  const seconds = quick ? 1 : 2;
  await inWorkDir('disk', 8, async (dir) => {
    const large = join(dir, 'blob');
    await writeNoise(large, 1024, 1);
    let path = '';
    const measure = async (connections: readonly number[], tls?: TlsFiles) => {
      const contenders = await startContenders(NAMES, dir, tls);
      report.took(contenders);
      try {
        if (path === '') path = (await fill(contenders, dir, large)).paths.large;
        for (const count of connections) {
          report.add(
            await compare({
              workload: `pull 1 GiB, ${count} connection${count === 1 ? '' : 's'}${tls === undefined ? '' : ', TLS'}`,
              unit: 'GiB',
              contenders,
              rounds,
              run: async (on) => {
                const moved = await pullFor(on, path, count, seconds);
                return { amount: moved.bytes / GIB, seconds: moved.seconds };
              },
            }),
          );
        }
      } finally {
        await stopAll(contenders);
      }
    };
    await measure([1, 8, 32]);
    await measure([1, 8], makeTlsFiles(dir));
  });
}
