// Puts the same blobs and the same manifest into every contender, so that the same paths give the same bytes.
import { createHash } from 'node:crypto';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { image, type TestImage } from '../test/helpers/images.ts';
import { digestOfFile, pushFile } from './clients.ts';
import { type Contender, REPOSITORY } from './contenders.ts';

export interface Filled {
  readonly mediaType: string;
  readonly manifestBytes: number;
  readonly paths: {
    readonly large: string;
    readonly small: string;
    readonly byTag: string;
    readonly byDigest: string;
  };
}

const TAG = 'v1';

function blobPath(digest: string): string {
  return `/v2/${REPOSITORY}/blobs/${digest}`;
}

/** Files at the paths that a registry answers. */
async function fillFolder(root: string, test: TestImage, large: string, largeDigest: string): Promise<void> {
  await mkdir(join(root, 'v2', REPOSITORY, 'blobs'), { recursive: true });
  await mkdir(join(root, 'v2', REPOSITORY, 'manifests'), { recursive: true });
  await copyFile(large, join(root, blobPath(largeDigest)));
  for (const { digest, bytes } of test.blobs) await writeFile(join(root, blobPath(digest)), bytes);
  for (const reference of [TAG, test.manifest.digest])
    await writeFile(join(root, 'v2', REPOSITORY, 'manifests', reference), test.manifest.bytes);
}

async function fillRegistry(on: Contender, dir: string, test: TestImage, large: string, largeDigest: string) {
  await pushFile(on, large, largeDigest);
  for (const [at, { digest, bytes }] of test.blobs.entries()) {
    const file = join(dir, `small${at}`);
    await writeFile(file, bytes);
    await pushFile(on, file, digest);
  }
  const { manifest } = test;
  const headers = Object.fromEntries(on.headers.map((line) => line.split(': ', 2) as [string, string]));
  const answer = await fetch(`${on.url}/v2/${REPOSITORY}/manifests/${TAG}`, {
    method: 'PUT',
    headers: { ...headers, 'Content-Type': manifest.mediaType },
    body: Buffer.from(manifest.bytes),
  });
  if (answer.status !== 201) throw new Error(`${on.name}: ${answer.status} ${await answer.text()}`);
}

/** Fills all; `largeMib` is the size of the large blob, the small one has 64 KiB with its gzip frame. */
export async function fill(contenders: readonly Contender[], dir: string, large: string): Promise<Filled> {
  const largeDigest = await digestOfFile(large);
  const test = image({ layers: 3, layerBytes: 65_000 });
  for (const contender of contenders) {
    if (contender.name === 'nginx') await fillFolder(join(contender.dir, 'root'), test, large, largeDigest);
    else if (contender.name !== 'node:http') await fillRegistry(contender, dir, test, large, largeDigest);
  }
  const small = test.blobs.at(-1);
  if (small === undefined) throw new Error('an image without layers');
  const manifests = `/v2/${REPOSITORY}/manifests`;
  const { manifest } = test;
  const filled: Filled = {
    mediaType: manifest.mediaType,
    manifestBytes: manifest.bytes.length,
    paths: {
      large: blobPath(largeDigest),
      small: blobPath(small.digest),
      byTag: `${manifests}/${TAG}`,
      byDigest: `${manifests}/${manifest.digest}`,
    },
  };
  for (const contender of contenders) {
    await verify(contender, filled.paths.byTag, manifest.digest, filled.mediaType);
    await verify(contender, filled.paths.byDigest, manifest.digest, filled.mediaType);
    await verify(contender, filled.paths.small, small.digest);
    await verify(contender, filled.paths.large, largeDigest);
  }
  return filled;
}

/** The bytes that come are the bytes that were pushed. */
async function verify(on: Contender, path: string, digest: string, accept = '*/*'): Promise<void> {
  if (on.name === 'node:http') return;
  const headers = Object.fromEntries(on.headers.map((line) => line.split(': ', 2) as [string, string]));
  const answer = await fetch(`${on.url}${path}`, { headers: { ...headers, Accept: accept } });
  const hash = createHash('sha256');
  if (answer.body !== null) for await (const part of answer.body) hash.update(part);
  const got = `sha256:${hash.digest('hex')}`;
  if (answer.status !== 200 || got !== digest)
    throw new Error(`${on.name} ${path}: ${answer.status}, ${got} instead of ${digest}`);
}
