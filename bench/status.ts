// DescribeImageSigningStatus over many images: signed requests, half by digest and half by tag, all different.
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openMetadata } from '../src/adapters/metadata/open.ts';
import { readCredentialsFile } from '../src/config/index.ts';
import { signRequest } from '../src/http/auth/sigv4-canonical.ts';
import type { Digest } from '../src/shared/digest.ts';
import { OCI_MANIFEST } from '../src/shared/media-types.ts';
import { load, percentile } from './load.ts';
import { startServerProcess } from './server-process.ts';

const REPOSITORIES = 1000;
const REQUESTS = 4000;
const BATCH = 500;
const registry = { accountId: '123456789012', region: 'us-east-1' };

const digestOfNumber = (n: number): Digest =>
  `sha256:${createHash('sha256').update(`image ${n}`).digest('hex')}`;
const repositoryOf = (n: number) => `bench/r${n % REPOSITORIES}`;
const tagOf = (n: number) => `v${Math.floor(n / REPOSITORIES)}`;

/** Writes the rows that pushes of `images` signed images leave, without their bytes. */
async function fill(dataDir: string, images: number): Promise<void> {
  const metadata = await openMetadata({
    path: join(dataDir, 'metadata.db'),
    onError: (error) => {
      throw error;
    },
  });
  const at = Date.now();
  const ids: number[] = [];
  await metadata.storage.write(async (tx) => {
    for (let n = 0; n < REPOSITORIES; n += 1) {
      const repository = await metadata.repositories.insert(tx, {
        registry,
        name: repositoryOf(n),
        createdAt: at,
        tagMutability: 'MUTABLE',
        tagMutabilityExclusions: [],
        scanOnPush: false,
        encryption: { encryptionType: 'AES256' },
      });
      if (repository !== undefined) ids[n] = repository.id;
    }
  });
  const manifestBytes = Buffer.from('{}');
  for (let start = 0; start < images; start += BATCH) {
    await metadata.storage.write(async (tx) => {
      for (let n = start; n < Math.min(images, start + BATCH); n += 1) {
        const repositoryId = ids[n % REPOSITORIES] ?? 0;
        const digest = digestOfNumber(n);
        await metadata.images.insert(
          tx,
          {
            repositoryId,
            digest,
            mediaType: OCI_MANIFEST,
            manifestSizeBytes: 2,
            imageSizeBytes: 2,
            pushedAt: at,
          },
          manifestBytes,
          [],
        );
        await metadata.tags.put(tx, repositoryId, tagOf(n), digest, at);
        for (const profile of ['release', 'staging']) {
          await metadata.imageSigningStatuses.put(tx, {
            repositoryId,
            digest,
            profileArn: `arn:aws:signer:${registry.region}:${registry.accountId}:/signing-profiles/${profile}`,
            profileVersion: 'abcdefghij',
            jobId: `job-${n}`,
            state: { status: 'COMPLETE' },
            updatedAt: at,
          });
        }
      }
    });
  }
  await metadata.close();
}

export async function benchStatus(options: {
  readonly images: number;
  readonly seconds: number;
}): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sealport-bench-status-'));
  try {
    // A first start makes the keys that belong to the records.
    await (await startServerProcess(dataDir)).stop();
    const filling = performance.now();
    await fill(dataDir, options.images);
    console.log(
      `status over ${options.images} images in ${REPOSITORIES} repositories, two statuses each (filled in ${((performance.now() - filling) / 1000).toFixed(0)} s)`,
    );
    const server = await startServerProcess(dataDir);
    const credentials = readCredentialsFile(join(dataDir, 'credentials'));
    if (credentials === undefined) throw new Error('the server made no credentials');
    const host = `localhost:${server.port}`;
    const requests = Array.from({ length: REQUESTS }, (_, at) => {
      const n = Math.floor((at / REQUESTS) * options.images);
      const imageId = at % 2 === 0 ? { imageDigest: digestOfNumber(n) } : { imageTag: tagOf(n) };
      const body = Buffer.from(JSON.stringify({ repositoryName: repositoryOf(n), imageId }));
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
        region: registry.region,
        service: 'ecr',
        now: Date.now(),
      });
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      return Buffer.concat([
        Buffer.from(`POST / HTTP/1.1\r\n${lines.join('')}content-length: ${body.length}\r\n\r\n`),
        body,
      ]);
    });
    await load({ port: server.port, connections: 32, seconds: 1, requests });
    const cpu = server.cpuSeconds();
    const result = await load({ port: server.port, connections: 32, seconds: options.seconds, requests });
    const us = ((server.cpuSeconds() - cpu) * 1e6) / result.requests;
    console.log(
      `  32 connections   ${(result.requests / result.seconds).toFixed(0)} requests/s  p50 ${percentile(result.latencies, 50).toFixed(2)} ms  p99 ${percentile(result.latencies, 99).toFixed(2)} ms  ${us.toFixed(0)} us CPU a request  ${result.failures} failures`,
    );
    await server.stop();
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
