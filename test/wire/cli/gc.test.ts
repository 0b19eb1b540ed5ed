// `sealport gc` with a server and without one.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type ApiClient, apiClient } from '../../helpers/api-client.ts';
import { blob } from '../../helpers/images.ts';
import { fileOf } from '../../helpers/registry-stores.ts';
import { runCli } from '../../helpers/run-cli.ts';
import { type ServeProcess, startServe } from '../../helpers/serve-process.ts';
import { TEST_CREDENTIALS } from '../../helpers/start-server.ts';

const env = {
  SEALPORT_ROOT_ACCESS_KEY_ID: TEST_CREDENTIALS.accessKeyId,
  SEALPORT_ROOT_SECRET_ACCESS_KEY: TEST_CREDENTIALS.secretAccessKey,
};
const layers = Array.from({ length: 3 }, () => blob(randomBytes(1000)));
let directory: string;
let dataDir: string;
let server: ServeProcess;
let client: ApiClient;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sealport-gc-'));
  dataDir = join(directory, 'data');
  server = await startServe(dataDir, { env });
  client = apiClient({ url: server.url, credentials: TEST_CREDENTIALS, region: 'us-east-1' });
  await client.ecr('CreateRepository', { repositoryName: 'app' });
  for (const layer of layers) await client.pushBlob('app', layer);
});
after(async () => {
  server.child.kill('SIGTERM');
  await server.result;
  await rm(directory, { recursive: true, force: true });
});

const isThere = (at: number): boolean => {
  const layer = layers[at];
  assert.ok(layer !== undefined);
  return existsSync(fileOf({ directory: dataDir }, layer.digest));
};
const gc = (...args: string[]) =>
  runCli(['gc', '--data-dir', dataDir, ...args], { env: { ...env, SEALPORT_PUBLIC_URL: server.url } });
const json = async (...args: string[]) => {
  const { code, stdout, stderr } = await gc(...args, '--json');
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Record<string, unknown>;
};

describe('gc', () => {
  test('asks the server that has the data directory', async () => {
    const kept = await json();
    assert.deepEqual(kept, {
      dryRun: false,
      by: 'the server',
      links: 0,
      blobs: 0,
      strayFiles: 0,
      freedBytes: 0,
    });
    const found = await json('--dry-run', '--grace', '0s');
    assert.deepEqual([found['by'], found['dryRun'], found['blobs']], ['the server', true, 3]);
    assert.ok(isThere(0));
    const { code, stdout } = await gc('--grace', '0s');
    assert.equal(code, 0);
    assert.match(stdout, /^Removed \(done by the server\):\n {2}3 layers .* 2\.9 KiB\n/);
    assert.ok(!isThere(0) && !isThere(1) && !isThere(2));
  });

  test('does the work itself when nobody has the directory', async () => {
    for (const layer of layers) await client.pushBlob('app', layer);
    server.child.kill('SIGTERM');
    await server.result;
    assert.equal((await json())['blobs'], 0);
    const found = await json('--dry-run', '--grace', '0s');
    assert.deepEqual([found['by'], found['blobs'], found['freedBytes']], ['this command', 3, 3000]);
    assert.ok(isThere(0));
    assert.equal((await json('--grace', '0s'))['blobs'], 3);
    assert.ok(!isThere(0));
    server = await startServe(dataDir, { env });
  });

  test('says what is wrong', async () => {
    const bad = await gc('--grace', 'soon');
    assert.deepEqual([bad.code, /--grace/.test(bad.stderr)], [2, true]);
    const nobody = await runCli(
      ['gc', '--data-dir', join(directory, 'none'), '--endpoint', 'http://127.0.0.1:9'],
      { env },
    );
    assert.equal(nobody.code, 1);
    assert.match(nobody.stderr, /is the server running/);
    const other = await runCli(['gc', '--data-dir', dataDir, '--endpoint', server.url], {
      env: { ...env, SEALPORT_ROOT_SECRET_ACCESS_KEY: 'x'.repeat(40) },
    });
    assert.equal(other.code, 1);
    assert.match(other.stderr, /signature/i);
  });
});
