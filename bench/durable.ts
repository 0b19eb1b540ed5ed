// Pushes of manifests without signing rules, each acknowledged only after its commit is on the disk, by 1 and by 32
// writers; beside the other registries, which write files.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { manifestOf } from '../test/helpers/images.ts';
import { compare } from './comparison.ts';
import { type Contender, REPOSITORY, startContenders, stopAll } from './contenders.ts';
import { fill } from './fill.ts';
import { load, percentile } from './load.ts';
import type { BenchOptions } from './report.ts';
import { inWorkDir, writeNoise } from './work-dir.ts';

const CONFIG = 'application/vnd.oci.image.config.v1+json';
const OCI = 'application/vnd.oci.image.manifest.v1+json';

/** Requests that each push another manifest under a tag of its own. */
function pushes(on: Contender, count: number, layers: object): Buffer[] {
  const run = randomBytes(6).toString('hex');
  return Array.from({ length: count }, (_, at) => {
    const { bytes, mediaType } = manifestOf({ ...layers, annotations: { run, at: String(at) } }, OCI);
    const head = [
      `PUT /v2/${REPOSITORY}/manifests/${run}-${at} HTTP/1.1`,
      'Host: localhost',
      ...on.headers,
      `Content-Type: ${mediaType}`,
      `Content-Length: ${bytes.length}`,
    ].join('\r\n');
    return Buffer.concat([Buffer.from(`${head}\r\n\r\n`), bytes]);
  });
}

export async function benchDurable({ quick, report }: BenchOptions): Promise<void> {
  const seconds = quick ? 1 : 3;
  await inWorkDir('disk', 4, async (dir) => {
    const contenders = await startContenders(['sealport', 'docker-registry', 'distribution v3'], dir);
    report.took(contenders);
    try {
      const large = join(dir, 'blob');
      await writeNoise(large, 1, 1);
      const { paths } = await fill(contenders, dir, large);
      const digest = paths.large.split('/').at(-1);
      const size = 1024 * 1024;
      const document = {
        schemaVersion: 2,
        mediaType: OCI,
        config: { mediaType: CONFIG, digest, size },
        layers: [],
      };
      for (const writers of [1, 32]) {
        const latencies: number[] = [];
        report.add(
          await compare({
            workload: `manifest pushes, ${writers} writer${writers === 1 ? '' : 's'}`,
            unit: 'requests',
            contenders,
            rounds: quick ? 2 : 5,
            run: async (on) => {
              const requests = pushes(on, 12_000 * seconds, document);
              const result = await load({ port: on.port, connections: writers, seconds, requests });
              if (result.failures > 0)
                throw new Error(`${on.name}: ${result.failures} pushes were not taken`);
              if (result.requests >= requests.length) throw new Error('more pushes than were made ready');
              if (on.name === 'sealport') latencies.push(percentile(result.latencies, 99));
              return { amount: result.requests, seconds: result.seconds };
            },
          }),
        );
        report.note(`sealport, ${writers} writers, p99 of each round in ms`, {
          p99: latencies.map((value) => Number(value.toFixed(2))),
        });
      }
    } finally {
      await stopAll(contenders);
    }
  });
}
