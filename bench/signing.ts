// How fast a push becomes a signed image, and how fast the signing status is told over a million images. The server
// is a process of its own on a data directory in the temporary folder; the client shares the machine with it.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readCredentialsFile } from '../src/config/index.ts';
import { type ApiClient, apiClient } from '../test/helpers/api-client.ts';
import { image, manifestOf, type TestImage, type TestManifest } from '../test/helpers/images.ts';
import { percentile } from './load.ts';
import { measureP384, type P384Cost } from './p384.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { benchStatus } from './status.ts';

const repositoryName = 'bench/app';
const region = 'us-east-1';

const ms = (value: number) => `${value.toFixed(2)} ms`;
const sorted = (values: readonly number[]) => Float64Array.from(values).sort();

function clientOf(server: ServerProcess): ApiClient {
  const credentials = readCredentialsFile(join(server.dataDir, 'credentials'));
  if (credentials === undefined) throw new Error('the server made no credentials');
  return apiClient({ url: server.url, credentials, region });
}

async function must(answer: Promise<{ status: number; body: object }>): Promise<Record<string, unknown>> {
  const { status, body } = await answer;
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return body as Record<string, unknown>;
}

/** Another manifest over the same blobs: what is measured is the push of a manifest. */
function variant(base: TestImage): TestManifest {
  const document = JSON.parse(Buffer.from(base.manifest.bytes).toString('utf8')) as object;
  return manifestOf(
    { ...document, annotations: { 'bench.nonce': randomBytes(12).toString('hex') } },
    base.manifest.mediaType,
  );
}

/** Asks every millisecond: a client that never waits would take the core that signs. */
async function waitUntilSigned(client: ApiClient, imageDigest: string): Promise<void> {
  for (; ; await sleep(1)) {
    const body = await must(
      client.ecr('DescribeImageSigningStatus', { repositoryName, imageId: { imageDigest } }),
    );
    const [entry] = body['signingStatuses'] as { status: string }[];
    if (entry?.status === 'COMPLETE') return;
    if (entry?.status !== 'IN_PROGRESS') throw new Error(`not signed: ${JSON.stringify(entry)}`);
  }
}

/** One push at a time, each followed until COMPLETE through the API. */
async function idle(client: ApiClient, base: TestImage, count: number, cost: P384Cost): Promise<void> {
  const puts: number[] = [];
  const completes: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const manifest = variant(base);
    const started = performance.now();
    await client.pushManifest(repositoryName, `idle-${i}`, manifest);
    puts.push(performance.now() - started);
    await waitUntilSigned(client, manifest.digest);
    completes.push(performance.now() - started);
  }
  const put = sorted(puts);
  const complete = sorted(completes);
  console.log(`idle, ${count} pushes, one at a time`);
  console.log(`  PUT of the manifest      p50 ${ms(percentile(put, 50))}  p99 ${ms(percentile(put, 99))}`);
  for (const p of [50, 99]) {
    const value = percentile(complete, p);
    console.log(
      `  PUT to COMPLETE          p${p} ${ms(value)} = ${(value / cost.threeOperationsMs).toFixed(2)} x three P-384 operations`,
    );
  }
}

/** Signatures made since the start, from the metrics. */
async function signaturesMade(server: ServerProcess): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(/sealport_signing_jobs_total\{outcome="succeeded"\} (\d+)/.exec(text)?.[1] ?? 0);
}

async function busy(
  server: ServerProcess,
  client: ApiClient,
  base: TestImage,
  options: { readonly writers: number; readonly seconds: number },
  cost: P384Cost,
): Promise<void> {
  const before = await signaturesMade(server);
  const cpuBefore = server.cpuSeconds();
  const started = performance.now();
  const until = started + options.seconds * 1000;
  const puts: number[] = [];
  const pushed: string[] = [];
  const writer = async (at: number) => {
    for (let i = 0; performance.now() < until; i += 1) {
      const manifest = variant(base);
      const sent = performance.now();
      await client.pushManifest(repositoryName, `busy-${at}-${i}`, manifest);
      puts.push(performance.now() - sent);
      pushed.push(manifest.digest);
    }
  };
  await Promise.all(Array.from({ length: options.writers }, (_, at) => writer(at)));
  const pushSeconds = (performance.now() - started) / 1000;
  const during = (await signaturesMade(server)) - before;
  while ((await signaturesMade(server)) - before < pushed.length) await sleep(50);
  const seconds = (performance.now() - started) / 1000;
  const cpu = server.cpuSeconds() - cpuBefore;
  for (const digest of pushed) await waitUntilSigned(client, digest);
  const put = sorted(puts);
  const rate = pushed.length / seconds;
  console.log(`${options.writers} writers for ${options.seconds} s: ${pushed.length} pushes`);
  console.log(
    `  PUT while signing is saturated   ${(pushed.length / pushSeconds).toFixed(0)}/s  p50 ${ms(percentile(put, 50))}  p99 ${ms(percentile(put, 99))}`,
  );
  console.log(
    `  signatures while they push       ${(during / pushSeconds).toFixed(0)}/s (client and server share the cores)`,
  );
  console.log(
    `  signatures until all are done    ${rate.toFixed(0)}/s = ${(rate / ((2 * cost.signaturesPerSecond) / 3)).toFixed(2)} of two cores x P-384 rate / 3`,
  );
  console.log(`  server CPU                       ${((cpu * 1000) / pushed.length).toFixed(2)} ms an image`);
}

export async function benchSigning({ quick }: { readonly quick: boolean }): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sealport-bench-'));
  try {
    const cost = measureP384();
    console.log(
      `three P-384 operations (a key, two signatures): ${ms(cost.threeOperationsMs)}; ${cost.signaturesPerSecond.toFixed(0)} signatures/s on one core`,
    );
    const started = performance.now();
    const server = await startServerProcess(dataDir);
    console.log(
      `start on an empty directory to ready: ${ms(performance.now() - started)}; resident ${server.residentMiB().toFixed(0)} MiB`,
    );
    const client = clientOf(server);
    await must(client.ecr('CreateRepository', { repositoryName }));
    const profile = await must(
      client.signer('PUT', '/signing-profiles/bench', { platformId: 'Notation-OCI-SHA384-ECDSA' }),
    );
    const rules = [{ signingProfileArn: profile['arn'] }];
    await must(client.ecr('PutSigningConfiguration', { signingConfiguration: { rules } }));
    const base = image({ layers: 2 });
    await client.pushImage(repositoryName, 'base', base);
    await waitUntilSigned(client, base.manifest.digest);
    await idle(client, base, quick ? 100 : 1000, cost);
    await busy(server, client, base, { writers: 32, seconds: quick ? 5 : 20 }, cost);
    console.log(`peak memory ${server.peakMiB().toFixed(0)} MiB`);
    await server.stop();
    await benchStatus({ images: quick ? 20_000 : 1_000_000, seconds: quick ? 3 : 10 });
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
