// `sealport scrub` with a server and without one.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type ApiClient, apiClient } from '../../helpers/api-client.ts';
import { blob, type TestBlob } from '../../helpers/images.ts';
import { fileOf } from '../../helpers/registry-stores.ts';
import { ended, runCli, startCli } from '../../helpers/run-cli.ts';
import { type ServeProcess, startServe } from '../../helpers/serve-process.ts';
import { TEST_CREDENTIALS } from '../../helpers/start-server.ts';

const env = {
  SEALPORT_ROOT_ACCESS_KEY_ID: TEST_CREDENTIALS.accessKeyId,
  SEALPORT_ROOT_SECRET_ACCESS_KEY: TEST_CREDENTIALS.secretAccessKey,
};
const layers = Array.from({ length: 3 }, () => blob(randomBytes(100_000)));
const [layer] = layers as [TestBlob];
let directory: string;
let dataDir: string;
let server: ServeProcess;
let client: ApiClient;
const start = () => startServe(dataDir, { env, args: ['--scrub-interval', 'off'] });
const stop = async (): Promise<void> => {
  server.child.kill('SIGTERM');
  await server.result;
};
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sealport-scrub-'));
  dataDir = join(directory, 'data');
  server = await start();
  client = apiClient({ url: server.url, credentials: TEST_CREDENTIALS, region: 'us-east-1' });
  await client.ecr('CreateRepository', { repositoryName: 'app' });
  for (const pushed of layers) await client.pushBlob('app', pushed);
});
after(async () => {
  await stop();
  await rm(directory, { recursive: true, force: true });
});

/** One byte in the middle is another one. */
async function damage({ digest, bytes }: TestBlob): Promise<void> {
  const file = await open(fileOf({ directory: dataDir }, digest), 'r+');
  const at = Math.floor(bytes.length / 2);
  await file.write(Buffer.from([(bytes[at] ?? 0) ^ 1]), 0, 1, at);
  await file.close();
}

const commandLine = (...args: string[]) => ['scrub', '--data-dir', dataDir, ...args];
const options = () => ({ env: { ...env, SEALPORT_PUBLIC_URL: server.url } });
const scrub = (...args: string[]) => runCli(commandLine(...args), options());
const json = async (...args: string[]) => {
  const { code, stdout, stderr } = await scrub(...args, '--json');
  assert.notEqual(stdout, '', stderr);
  return { code, outcome: JSON.parse(stdout) as Record<string, unknown> };
};
/** A scrub that takes ten seconds, and gets Ctrl-C when it has told of its progress. */
async function interrupted(): Promise<void> {
  const child = startCli(commandLine('--rate', '32KiB'), options());
  child.stderr?.on('data', (text: string) => {
    if (text.includes('read so far: ')) child.kill('SIGINT');
  });
  const { code, stderr } = await ended(child);
  assert.equal(code, 1);
  assert.match(stderr, /^sealport: the scrub was ended before everything was looked at$/m);
}

const whole = { manifests: 0, blobs: 3, bytes: 300_000, damaged: 0, unreadable: 0, faults: [] };
const found = { damaged: 1, unreadable: 0, faults: [{ digest: layer.digest, fault: 'wrong content' }] };

describe('scrub', () => {
  test('asks the server that has the data directory, and names what is damaged', async () => {
    assert.deepEqual(await json(), { code: 0, outcome: { by: 'the server', ...whole } });
    await damage(layer);
    const { code, stdout } = await scrub();
    assert.equal(code, 1);
    assert.ok(stdout.includes('by the server: 0 manifests, 3 layers'), stdout);
    assert.ok(stdout.includes(`${layer.digest} (wrong content)`), stdout);
    assert.match(stdout, /pushing it again heals it/);
    await client.pushBlob('app', layer);
    assert.equal((await json('--rate', '1GiB')).code, 0);
  });

  test('Ctrl-C ends the scrub of the server', async () => {
    await interrupted();
    assert.equal((await json()).code, 0);
  });

  test('does the work itself when nobody has the directory', async () => {
    await stop();
    assert.deepEqual(await json(), { code: 0, outcome: { by: 'this command', ...whole } });
    await damage(layer);
    const harmed = await json();
    assert.equal(harmed.code, 1);
    assert.deepEqual({ ...harmed.outcome, ...found, by: 'this command' }, harmed.outcome);
    await interrupted();
    server = await start();
    const moved = apiClient({ url: server.url, credentials: TEST_CREDENTIALS, region: 'us-east-1' });
    await moved.pushBlob('app', layer);
    assert.deepEqual(await json(), { code: 0, outcome: { by: 'the server', ...whole } });
  });

  test('says what is wrong', async () => {
    for (const rate of ['fast', '0KiB', '12']) {
      const bad = await scrub('--rate', rate);
      assert.deepEqual([bad.code, /--rate/.test(bad.stderr)], [2, true]);
    }
  });
});
