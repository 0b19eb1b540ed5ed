// Rows of `metadata.db` that are gone or changed without a word, as a faulty repair of the database leaves them: the
// status of an image does not rest on a signature that nobody can read, and layers without their record are named and
// pushed again.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { type ApiClient, apiClient } from '../helpers/api-client.ts';
import { image, type TestImage } from '../helpers/images.ts';
import { runCli } from '../helpers/run-cli.ts';
import { startServe } from '../helpers/serve-process.ts';
import { settledStatuses, setUpSigning } from '../helpers/signing-set-up.ts';
import { TEST_CREDENTIALS } from '../helpers/start-server.ts';

const env = {
  SEALPORT_ROOT_ACCESS_KEY_ID: TEST_CREDENTIALS.accessKeyId,
  SEALPORT_ROOT_SECRET_ACCESS_KEY: TEST_CREDENTIALS.secretAccessKey,
};
const repositoryName = 'team/app';

interface Running {
  readonly url: string;
  readonly client: ApiClient;
  readonly get: (
    path: string,
    method?: string,
  ) => Promise<{ readonly status: number; readonly text: string }>;
  stop(): Promise<void>;
}

interface Found {
  readonly damaged: number;
  readonly faults: readonly {
    readonly digest: string;
    readonly fault: string;
    readonly repositoryName?: string;
    readonly lost?: string;
    readonly subject?: string;
  }[];
}

interface Signed {
  readonly image: TestImage;
  readonly signature: string;
  readonly envelope: string;
}

async function start(t: TestContext, dataDir: string, ...args: readonly string[]): Promise<Running> {
  const server = await startServe(dataDir, { env, args: ['--log-format', 'json', ...args] });
  const client = apiClient({ url: server.url, credentials: TEST_CREDENTIALS, region: 'us-east-1' });
  const running: Running = {
    url: server.url,
    client,
    async get(path, method = 'GET') {
      const headers = { authorization: await client.login() };
      const answer = await fetch(`${server.url}/v2/${repositoryName}/${path}`, { method, headers });
      return { status: answer.status, text: await answer.text() };
    },
    async stop() {
      server.child.kill('SIGTERM');
      await server.result;
    },
  };
  t.after(() => running.stop());
  return running;
}

async function signedImages(t: TestContext, count: number) {
  const directory = await mkdtemp(join(tmpdir(), 'sealport-lost-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const dataDir = join(directory, 'data');
  const running = await start(t, dataDir);
  await setUpSigning(running.client, repositoryName);
  const signed: Signed[] = [];
  for (let number = 0; number < count; number += 1) {
    const one = image();
    await running.client.pushImage(repositoryName, `t${number}`, one);
    await settledStatuses(running.client, repositoryName, one.manifest.digest);
    const [signature = ''] = await referrers(running, one);
    const manifest = JSON.parse((await running.get(`manifests/${signature}`)).text) as {
      layers: { digest: string }[];
    };
    signed.push({ image: one, signature, envelope: manifest.layers[0]?.digest ?? '' });
  }
  await running.stop();
  return { dataDir, signed };
}

async function referrers({ get }: Running, { manifest }: TestImage): Promise<readonly string[]> {
  const list = JSON.parse((await get(`referrers/${manifest.digest}`)).text) as {
    manifests: { digest: string }[];
  };
  return list.manifests.map(({ digest }) => digest);
}

/** Without the foreign keys, which would take along what names the rows. */
function change(dataDir: string, sql: string, ...parameters: readonly string[]): void {
  const database = new DatabaseSync(join(dataDir, 'metadata.db'), { enableForeignKeyConstraints: false });
  assert.ok(Number(database.prepare(sql).run(...parameters).changes) > 0, sql);
  database.close();
}

async function codeOf({ client }: Running, { manifest }: TestImage): Promise<string | undefined> {
  const [status, ...others] = await settledStatuses(client, repositoryName, manifest.digest);
  assert.deepEqual(others, []);
  return status?.failureCode ?? status?.status;
}

async function scrub(...args: readonly string[]): Promise<Found & { readonly code: number | null }> {
  const { code, stdout, stderr } = await runCli(['scrub', ...args, '--json'], { env });
  assert.notEqual(stdout, '', stderr);
  return { code, ...(JSON.parse(stdout) as Found) };
}

const losses: Readonly<Record<string, readonly [sql: string, of: 'signature' | 'envelope', fault: string]>> =
  {
    'the image row is deleted': [
      'delete from images where digest = ?',
      'signature',
      'manifest: record missing',
    ],
    'the digest of the image row changes': [
      `update images set digest = 'sha257:' || substr(digest, 8) where digest = ?`,
      'signature',
      'manifest: record damaged',
    ],
    'the image row forgets its subject': [
      'update images set subject_digest = null where digest = ?',
      'signature',
      'manifest: record damaged',
    ],
    'the blob row is deleted': ['delete from blobs where digest = ?', 'envelope', 'envelope: record missing'],
    'the link to the blob is deleted': [
      'delete from repository_blobs where digest = ?',
      'envelope',
      'envelope: record missing',
    ],
    'the references are deleted': [
      'delete from image_references where parent_digest = ?',
      'signature',
      'envelope: record damaged',
    ],
  };

for (const [name, [sql, of, fault]] of Object.entries(losses))
  test(`a signature of which ${name}: scrub fails the status, the next push signs; a push alone signs, too`, async (t) => {
    const { dataDir, signed } = await signedImages(t, 3);
    const [scrubbed, pushed, whole] = signed;
    assert.ok(scrubbed && pushed && whole);
    change(dataDir, sql, scrubbed[of]);
    const expected: Found['faults'][number] = {
      digest: scrubbed.signature,
      subject: scrubbed.image.manifest.digest,
      repositoryName,
      fault,
      lost: 'signature',
    };
    for (const round of [1, 2]) {
      const { code, faults } = await scrub('--data-dir', dataDir);
      assert.equal(code, 1);
      const lost = faults.filter((one) => one.lost === 'signature');
      assert.deepEqual(lost, [expected], `round ${round}`);
    }
    change(dataDir, sql, pushed[of]);

    const running = await start(t, dataDir);
    assert.equal(await codeOf(running, scrubbed.image), 'SIGNATURE_DELETED');
    assert.equal(await codeOf(running, whole.image), 'COMPLETE');
    for (const { image: one, signature } of [scrubbed, pushed]) {
      await running.client.pushImage(repositoryName, 'again', one);
      assert.equal(await codeOf(running, one), 'COMPLETE');
      const [next, ...others] = await referrers(running, one);
      assert.deepEqual(others, []);
      assert.ok(next !== undefined && next !== signature);
      assert.equal((await running.get(`manifests/${next}`)).status, 200);
    }
    await running.stop();
    const { faults } = await scrub('--data-dir', dataDir);
    assert.deepEqual(
      faults.filter(({ lost }) => lost === 'signature'),
      [],
    );
  });

for (const threads of ['0', '1'])
  test(`a pull that meets an envelope without its row marks the signature, ${threads} read threads`, async (t) => {
    const { dataDir, signed } = await signedImages(t, 2);
    const [lost, whole] = signed;
    assert.ok(lost && whole);
    change(dataDir, 'delete from blobs where digest = ?', lost.envelope);
    const running = await start(t, dataDir, '--read-threads', threads);
    const answer = await running.get(`blobs/${lost.envelope}`);
    assert.equal(answer.status, 503);
    assert.match(answer.text, /"UNAVAILABLE"/);
    assert.equal(await codeOf(running, lost.image), 'SIGNATURE_DELETED');
    assert.equal(await codeOf(running, whole.image), 'COMPLETE');
    assert.equal((await running.get(`blobs/sha256:${'0'.repeat(64)}`)).status, 404);
  });

test('a row that comes back counts again after the next scrub', async (t) => {
  const { dataDir, signed } = await signedImages(t, 1);
  const [one] = signed;
  assert.ok(one);
  change(dataDir, `update images set digest = 'x' || digest where digest = ?`, one.signature);
  assert.equal((await scrub('--data-dir', dataDir)).code, 1);
  change(
    dataDir,
    'update images set digest = ?, manifest_fault = null where digest = ?',
    one.signature,
    `x${one.signature}`,
  );
  // The manifest was looked for under the other digest: that one was reported by its content.
  change(
    dataDir,
    `update signing_jobs set manifest_fault = 'record missing' where signature_digest = ?`,
    one.signature,
  );
  assert.equal((await scrub('--data-dir', dataDir)).code, 0);
  const running = await start(t, dataDir);
  assert.equal(await codeOf(running, one.image), 'COMPLETE');
});

test('a layer and a config of an image without their rows are named, count as missing, and a push heals them', async (t) => {
  const { dataDir, signed } = await signedImages(t, 2);
  const [one] = signed;
  assert.ok(one);
  const [config, layer] = one.image.blobs;
  assert.ok(config && layer);
  for (const { digest } of [config, layer]) change(dataDir, 'delete from blobs where digest = ?', digest);
  const wanted = [config.digest, layer.digest].toSorted();

  const running = await start(t, dataDir);
  const found = await scrub('--endpoint', running.url);
  assert.equal(found.code, 1);
  assert.deepEqual(
    found.faults,
    wanted.map((digest) => ({ digest, fault: 'record missing', repositoryName, lost: 'layer' })),
  );
  assert.equal((await running.get(`blobs/${layer.digest}`)).status, 503);
  assert.equal((await running.get(`blobs/${layer.digest}`, 'HEAD')).status, 404);
  const { body } = await running.client.ecr('BatchCheckLayerAvailability', {
    repositoryName,
    layerDigests: wanted,
  });
  const layers = body['layers'] as { layerAvailability?: string }[];
  assert.ok(!layers.some(({ layerAvailability }) => layerAvailability === 'AVAILABLE'), JSON.stringify(body));

  await running.client.pushImage(repositoryName, 't0', one.image);
  assert.equal((await running.get(`blobs/${layer.digest}`)).status, 200);
  const healed = await scrub('--endpoint', running.url);
  assert.deepEqual([healed.code, healed.damaged], [0, 0]);
});
