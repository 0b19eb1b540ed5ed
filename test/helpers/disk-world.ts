// A server whose data lie on a small file system of its own, so that the disk can fail under it alone. Mounting needs
// root; without it the tests that use this say why they are skipped.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiAnswer, type ApiClient, apiClient } from './api-client.ts';
import { blob, type TestBlob } from './images.ts';
import { type ServeProcess, startServe } from './serve-process.ts';
import { TEST_CREDENTIALS } from './start-server.ts';

export const MIB = 1024 * 1024;
export const env = {
  SEALPORT_ROOT_ACCESS_KEY_ID: TEST_CREDENTIALS.accessKeyId,
  SEALPORT_ROOT_SECRET_ACCESS_KEY: TEST_CREDENTIALS.secretAccessKey,
};
export const repositoryName = 'team/app';

/** Why nothing can be mounted here; undefined when it can. */
export const cannotMount = ((): string | undefined => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'needs Linux and root, to mount a file system';
  const { status, stderr } = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], {
    encoding: 'utf8',
  });
  return status === 0 ? undefined : `this machine lets nobody mount a file system: ${stderr || 'no mount'}`;
})();

/** The same for ext4 in a file, which can refuse writes through open descriptors too. */
export const cannotMountExt4 =
  cannotMount ??
  ((): string | undefined => {
    const folder = mkdtempSync(join(tmpdir(), 'sealport-ext4-'));
    try {
      mountExt4(join(folder, 'image'), folder, 4)();
      return undefined;
    } catch (error) {
      return `this machine cannot mount a file as ext4: ${String(error)}`;
    } finally {
      rmSync(folder, { recursive: true });
    }
  })();

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly retryAfter: string | null;
  readonly location: string | null;
}

export interface World {
  readonly server: ServeProcess;
  readonly client: ApiClient;
  readonly dataDir: string;
  ready(): Promise<Readiness>;
  /** A call of the distribution API below the repository. */
  send(method: string, path: string, body?: Uint8Array, contentType?: string): Promise<Answer>;
  push(bytes: Uint8Array): Promise<Answer>;
  pull(layer: TestBlob): Promise<void>;
  /** Ends the server; gives its log. */
  stop(): Promise<string>;
}

/** Mounts a file, which takes no more room than what is written. Gives what unmounts it. */
export function mountExt4(image: string, folder: string, sizeMib: number): () => void {
  execFileSync('truncate', ['--size', `${sizeMib}M`, image]);
  execFileSync('mkfs.ext4', ['-q', image]);
  execFileSync('mount', ['-o', 'loop,errors=remount-ro', image, folder]);
  return () => execFileSync('umount', [folder]);
}

/** A folder on a small disk of its own, which goes with the test. */
export async function diskOf(
  t: TestContext,
  sizeMib: number,
  fileSystem: 'tmpfs' | 'ext4' = 'tmpfs',
): Promise<string> {
  const base = await mkdtemp(join(tmpdir(), 'sealport-faults-'));
  const folder = join(base, 'disk');
  await mkdir(folder);
  if (fileSystem === 'ext4') mountExt4(join(base, 'image'), folder, sizeMib);
  else execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMib}m,mode=700`, 'tmpfs', folder]);
  t.after(async () => {
    execFileSync('umount', [folder]);
    await rm(base, { recursive: true });
  });
  return folder;
}

/** A server whose data lie on a small disk of their own. */
export async function worldOn(
  t: TestContext,
  sizeMib: number,
  fileSystem: 'tmpfs' | 'ext4' = 'tmpfs',
): Promise<World> {
  // Hooks run in the order of their coming: the server ends before its disk goes.
  const ending = new AsyncDisposableStack();
  t.after(() => ending.disposeAsync());
  return worldIn(await diskOf(t, sizeMib, fileSystem), ending);
}

/** A server on a data directory, which ends with the stack. */
export async function worldIn(dataDir: string, ending: AsyncDisposableStack): Promise<World> {
  const started = startServe(dataDir, { env, args: ['--log-level', 'warn', '--log-format', 'json'] });
  ending.defer(async () => {
    const server = await started;
    server.child.kill('SIGTERM');
    await server.result;
  });
  const server = await started;
  const client = apiClient({ url: server.url, credentials: TEST_CREDENTIALS, region: 'us-east-1' });
  const repositories = await client.ecr('DescribeRepositories', { repositoryNames: [repositoryName] });
  if (repositories.status !== 200)
    assert.equal((await client.ecr('CreateRepository', { repositoryName })).status, 200);
  const authorization = await client.login();
  async function send(
    method: string,
    path: string,
    body?: Uint8Array,
    contentType?: string,
  ): Promise<Answer> {
    // An upload's own address begins at the root.
    const url = path.startsWith('/') ? `${server.url}${path}` : `${server.url}/v2/${repositoryName}/${path}`;
    const answer = await fetch(url, {
      method,
      headers: { authorization, ...(contentType === undefined ? {} : { 'content-type': contentType }) },
      ...(body === undefined ? {} : { body: Buffer.from(body) }),
    });
    return {
      status: answer.status,
      body: await answer.text(),
      retryAfter: answer.headers.get('retry-after'),
      location: answer.headers.get('location'),
    };
  }
  return {
    server,
    client,
    dataDir,
    async ready() {
      const answer = await fetch(`${server.url}/readyz`);
      const readiness = (await answer.json()) as Readiness;
      assert.equal(answer.status, readiness.status === 'ready' ? 200 : 503);
      return readiness;
    },
    send,
    push: (bytes) => send('POST', `blobs/uploads/?digest=${blob(bytes).digest}`, bytes),
    async pull({ digest, bytes }) {
      const answer = await fetch(`${server.url}/v2/${repositoryName}/blobs/${digest}`, {
        headers: { authorization },
      });
      assert.equal(answer.status, 200);
      assert.ok(Buffer.from(await answer.arrayBuffer()).equals(bytes));
    },
    async stop() {
      server.child.kill('SIGTERM');
      return (await server.result).stdout;
    },
  };
}

export interface Readiness {
  readonly status: string;
  readonly failed?: readonly string[];
}

/** Others may be lacking what this one lacks. */
export function lacks(readiness: Readiness, check: 'blobs' | 'database' | 'audit trail'): void {
  assert.ok(readiness.status === 'not ready' && readiness.failed?.includes(check), JSON.stringify(readiness));
}

/** At once for layers; who waits before the next try may take some seconds. */
export async function becomesReady(ask: () => Promise<Readiness>): Promise<void> {
  let last = await ask();
  assert.ok(!last.failed?.includes('blobs'), JSON.stringify(last));
  for (let tries = 0; last.status !== 'ready' && tries < 100; tries += 1) {
    await sleep(100);
    last = await ask();
  }
  assert.deepEqual(last, { status: 'ready' });
}

export function unavailable(answer: Omit<Answer, 'location'>, words: RegExp): void {
  assert.equal(answer.status, 503, answer.body);
  const { errors } = JSON.parse(answer.body) as { errors: { code: string; message: string }[] };
  assert.equal(errors[0]?.code, 'UNAVAILABLE');
  assert.match(errors[0]?.message ?? '', words);
  assert.ok(answer.retryAfter !== null, 'a client may try again');
}

/** The same in the words of the AWS APIs. */
export function serverFault({ status, body }: ApiAnswer): void {
  const { __type, code, message } = body as Record<string, string | undefined>;
  const name = (__type ?? code ?? '').split('#').at(-1);
  assert.deepEqual(
    [status, name],
    [500, code === undefined ? 'ServerException' : 'InternalServiceErrorException'],
  );
  assert.match(message ?? '', /try again later|records of the registry are damaged/);
}
