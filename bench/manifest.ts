// Small answers: a manifest by tag and by digest, a blob of 64 KiB; plain and over TLS, with our login on. The other
// registries run without login, which is to their advantage: their own (htpasswd) checks a bcrypt for each request.
import { join } from 'node:path';
import { wrk } from './clients.ts';
import { compare } from './comparison.ts';
import {
  bareNode,
  type Contender,
  makeTlsFiles,
  NO_READS,
  startContenders,
  stopAll,
  TWO_THREADS,
} from './contenders.ts';
import { type Filled, fill } from './fill.ts';
import type { BenchOptions } from './report.ts';
import type { TlsFiles } from './server-process.ts';
import { inWorkDir, writeNoise } from './work-dir.ts';

const NAMES = ['sealport', TWO_THREADS, NO_READS, 'docker-registry', 'distribution v3', 'nginx'] as const;

export async function benchManifest({ quick, report }: BenchOptions): Promise<void> {
  const rounds = quick ? 2 : 5;
  const seconds = quick ? 1 : 2;
  await inWorkDir('disk', 1, async (dir) => {
    const large = join(dir, 'blob');
    await writeNoise(large, 1, 1);
    let filled: Filled | undefined;

    const measure = async (tls?: TlsFiles) => {
      const contenders = [...(await startContenders(NAMES, dir, tls))];
      try {
        filled ??= await fill(contenders, dir, large);
        if (tls === undefined) contenders.push(await bareNode(dir, filled.manifestBytes));
        report.took(contenders);
        const { paths, mediaType } = filled;
        const accept = [`Accept: ${mediaType}`];
        const one = async (
          workload: string,
          path: string,
          among: readonly Contender[],
          headers: readonly string[],
        ) => {
          // A first turn makes everybody warm.
          for (const contender of among) await wrk(contender, path, 1, headers);
          const run = async (on: Contender) => {
            const { requests, seconds: took } = await wrk(on, path, seconds, headers);
            return { amount: requests, seconds: took };
          };
          const label = tls === undefined ? workload : `${workload}, TLS`;
          report.add(await compare({ workload: label, unit: 'requests', contenders: among, rounds, run }));
        };
        await one('manifest by tag', paths.byTag, contenders, accept);
        if (tls === undefined) await one('manifest by digest', paths.byDigest, contenders, accept);
        const withFiles = contenders.filter(({ name }) => name !== 'node:http');
        await one('64 KiB blob', paths.small, withFiles, []);
      } finally {
        await stopAll(contenders);
      }
    };
    await measure();
    await measure(makeTlsFiles(dir));
  });
}
