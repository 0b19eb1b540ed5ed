// What the audit trail costs: reads of a signing status and pushes of manifests, with the trail off, without reads,
// whole, and whole with each change's record synced before its answer. One server for each, all on data of their own; rounds in turn, so that other load of the machine hits each alike.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCredentialsFile } from '../src/config/index.ts';
import { signRequest } from '../src/http/auth/sigv4-canonical.ts';
import { apiClient } from '../test/helpers/api-client.ts';
import { image, manifestOf } from '../test/helpers/images.ts';
import { load, percentile } from './load.ts';
import type { BenchOptions } from './report.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

const MODES: Readonly<Record<string, readonly string[]>> = {
  off: ['--audit', 'off'],
  changes: ['--audit', 'changes'],
  all: ['--audit', 'all'],
  'all, synced always': ['--audit', 'all', '--audit-sync', 'always'],
};
const CONNECTIONS = 16;
const repositoryName = 'bench/audit';

interface Subject {
  readonly mode: string;
  readonly server: ServerProcess;
  readonly reads: readonly Buffer[];
  /** Manifests that were not pushed before, as requests. */
  readonly pushes: (count: number) => readonly Buffer[];
}

function message(method: string, target: string, headers: Readonly<Record<string, string>>, body: Buffer) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${method} ${target} HTTP/1.1\r\n${lines.join('')}content-length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

async function makeSubject(mode: string, flags: readonly string[], dataDir: string): Promise<Subject> {
  const server = await startServerProcess(dataDir, { flags });
  const credentials = readCredentialsFile(join(dataDir, 'credentials'));
  if (credentials === undefined) throw new Error('the server made no credentials');
  const client = apiClient({ url: server.url, credentials, region: 'us-east-1' });
  await client.ecr('CreateRepository', { repositoryName });
  const base = image({ layers: 1, layerBytes: 100 });
  await client.pushImage(repositoryName, 'base', base);
  const host = `localhost:${server.port}`;
  const body = Buffer.from(
    JSON.stringify({ repositoryName, imageId: { imageDigest: base.manifest.digest } }),
  );
  const headers = signRequest({
    ...credentials,
    method: 'POST',
    target: '/',
    headers: {
      host,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.DescribeImageSigningStatus',
    },
    body,
    region: 'us-east-1',
    service: 'ecr',
    now: Date.now(),
  });
  const authorization = await client.login();
  const document = JSON.parse(base.manifest.bytes.toString()) as object;
  let next = 0;
  return {
    mode,
    server,
    reads: [message('POST', '/', headers, body)],
    pushes: (count) =>
      Array.from({ length: count }, () => {
        const manifest = manifestOf(
          { ...document, annotations: { n: String(next++) } },
          base.manifest.mediaType,
        );
        return message(
          'PUT',
          `/v2/${repositoryName}/manifests/v${next}`,
          { host, authorization, 'content-type': manifest.mediaType },
          Buffer.from(manifest.bytes),
        );
      }),
  };
}

export async function benchAudit({ quick, report }: BenchOptions): Promise<void> {
  const rounds = quick ? 2 : 7;
  const seconds = quick ? 1 : 3;
  const directory = await mkdtemp(join(tmpdir(), 'sealport-bench-audit-'));
  const subjects: Subject[] = [];
  const rates = new Map<string, number[]>();
  const tails = new Map<string, number[]>();
  const note = (into: Map<string, number[]>, name: string, value: number) =>
    into.set(name, [...(into.get(name) ?? []), value]);
  try {
    for (const [at, [mode, flags]] of Object.entries(MODES).entries())
      subjects.push(await makeSubject(mode, flags, join(directory, String(at))));
    for (let round = 0; round <= rounds; round += 1)
      for (const { mode, server, reads, pushes } of subjects)
        for (const [what, requests] of [
          ['status reads', reads],
          ['manifest pushes', pushes(6000)],
        ] as const) {
          const { port } = server;
          const result = await load({ port, connections: CONNECTIONS, seconds, requests });
          if (result.failures > 0) throw new Error(`${what}, ${mode}: ${result.failures} failures`);
          // The first round warms up.
          if (round === 0) continue;
          note(rates, `${what}, audit ${mode}`, result.requests / result.seconds);
          note(tails, `${what}, audit ${mode}`, percentile(result.latencies, 99));
        }
    for (const [name, values] of rates)
      report.note(name, {
        'requests/s, median of rounds': Math.round(median(values)),
        'p99 ms, median of rounds': median(tails.get(name) ?? []).toFixed(1),
      });
  } finally {
    for (const { server } of subjects) await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

function median(values: readonly number[]): number {
  return percentile(
    values.toSorted((a, b) => a - b),
    50,
  );
}
