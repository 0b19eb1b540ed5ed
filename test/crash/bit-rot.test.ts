// Bytes of `metadata.db` that change without a word, under a server that is stopped and under one that runs: what is
// wrong is never served, is named by everything that tells of damage, and heals when it is pushed again.
import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { type ApiClient, apiClient } from '../helpers/api-client.ts';
import { image, type TestImage } from '../helpers/images.ts';
import { runCli } from '../helpers/run-cli.ts';
import { type ServeProcess, startServe } from '../helpers/serve-process.ts';
import { settledStatuses, setUpSigning } from '../helpers/signing-set-up.ts';
import { TEST_CREDENTIALS } from '../helpers/start-server.ts';

const env = {
  SEALPORT_ROOT_ACCESS_KEY_ID: TEST_CREDENTIALS.accessKeyId,
  SEALPORT_ROOT_SECRET_ACCESS_KEY: TEST_CREDENTIALS.secretAccessKey,
};
const repositoryName = 'team/app';

interface Rotten {
  readonly dataDir: string;
  readonly images: readonly TestImage[];
  /** Manifest and envelope of each image's signature, in the order of the images. */
  readonly signatures: readonly { readonly digest: string; readonly envelope: string }[];
  start(...args: readonly string[]): Promise<Running>;
  /** Changes a byte of the stored content `bytes`. */
  flip(bytes: Uint8Array): void;
  /** Changes an entry of an index, so that the row with `text` is found by it no more. */
  breakIndex(text: string): void;
  /** Makes the page with this content one that SQLite cannot read. */
  breakPage(bytes: Uint8Array): void;
}

interface Running {
  readonly server: ServeProcess;
  readonly client: ApiClient;
  readonly get: (path: string, method?: string) => Promise<{ status: number; text: string }>;
  readonly ready: () => Promise<{ status: number; text: string }>;
  /** Gives the log. */
  readonly stop: () => Promise<string>;
}

async function setUp(t: TestContext): Promise<Rotten> {
  const directory = await mkdtemp(join(tmpdir(), 'sealport-rot-'));
  const dataDir = join(directory, 'data');
  const running: Running[] = [];
  t.after(async () => {
    for (const one of running) await one.stop();
    await rm(directory, { recursive: true, force: true });
  });

  async function start(...args: readonly string[]): Promise<Running> {
    const server = await startServe(dataDir, { env, args: ['--log-format', 'json', ...args] });
    const client = apiClient({ url: server.url, credentials: TEST_CREDENTIALS, region: 'us-east-1' });
    const read = async (answer: Response) => ({ status: answer.status, text: await answer.text() });
    const one: Running = {
      server,
      client,
      get: async (path, method = 'GET') =>
        read(
          await fetch(`${server.url}/v2/${repositoryName}/${path}`, {
            method,
            headers: { authorization: await client.login() },
          }),
        ),
      ready: async () => read(await fetch(`${server.url}/readyz`)),
      async stop() {
        server.child.kill('SIGTERM');
        const { stdout, stderr } = await server.result;
        return stdout + stderr;
      },
    };
    running.push(one);
    return one;
  }

  const path = join(dataDir, 'metadata.db');
  /** Pages keep copies of what was moved, in their free space. */
  function places(bytes: Uint8Array): readonly number[] {
    const file = readFileSync(path);
    // Long enough to be this one, and not so long that it goes on in another page.
    const start = bytes.subarray(0, 900);
    const found: number[] = [];
    for (let at = file.indexOf(start); at >= 0; at = file.indexOf(start, at + 1)) found.push(at);
    assert.ok(found.length > 0, 'the content is in the database file');
    return found;
  }
  function write(at: number, byte: number): void {
    const file = openSync(path, 'r+');
    writeSync(file, Uint8Array.of(byte), 0, 1, at);
    closeSync(file);
  }

  const first = await start();
  await setUpSigning(first.client, repositoryName);
  const images = Array.from({ length: 6 }, () => image());
  const signatures: { digest: string; envelope: string }[] = [];
  for (const [number, one] of images.entries()) {
    await first.client.pushImage(repositoryName, `t${number}`, one);
    await settledStatuses(first.client, repositoryName, one.manifest.digest);
    const list = JSON.parse((await first.get(`referrers/${one.manifest.digest}`)).text) as {
      manifests: { digest: string }[];
    };
    const digest = list.manifests[0]?.digest ?? '';
    const manifest = JSON.parse((await first.get(`manifests/${digest}`)).text) as {
      layers: { digest: string }[];
    };
    signatures.push({ digest, envelope: manifest.layers[0]?.digest ?? '' });
  }
  await first.stop();
  const database = new DatabaseSync(path);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
  return {
    dataDir,
    images,
    signatures,
    start,
    flip(bytes) {
      for (const at of places(bytes)) write(at + 60, (bytes[60] ?? 0) ^ 1);
    },
    breakIndex(text) {
      const bytes = Buffer.from(text);
      const last = bytes.length - 1;
      const broken = places(bytes).some((at) => {
        write(at + last, (bytes[last] ?? 0) ^ 1);
        const records = new DatabaseSync(path, { readOnly: true });
        const quick = records.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
        const whole = records.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check'];
        records.close();
        if (quick === 'ok' && String(whole).includes('missing from index')) return true;
        write(at + last, bytes[last] ?? 0);
        return false;
      });
      assert.ok(broken, 'an index has an entry for it');
    },
    breakPage(bytes) {
      const pageSize = readFileSync(path).readUInt16BE(16);
      for (const at of places(bytes)) write(Math.floor(at / pageSize) * pageSize, 0xff);
    },
  };
}

/** The bytes of a row, as they are stored. */
function storedBytes({ dataDir }: Rotten, sql: string, digest: string): Uint8Array {
  const database = new DatabaseSync(join(dataDir, 'metadata.db'), { readOnly: true });
  const row = database.prepare(sql).get(digest);
  database.close();
  const bytes = row?.['bytes'];
  assert.ok(bytes instanceof Uint8Array);
  return bytes;
}

function sealport(...args: readonly string[]) {
  return runCli(args, { env });
}

for (const threads of ['0', '1'])
  test(`under a stopped server, ${threads} read threads: found by scrub, doctor and backup, never served`, async (t) => {
    const rotten = await setUp(t);
    const { dataDir, images, signatures } = rotten;
    const [bad, good] = images;
    const [, lost, unnamed] = signatures;
    assert.ok(bad && good && lost && unnamed);
    rotten.flip(bad.manifest.bytes);
    rotten.flip(storedBytes(rotten, 'select bytes from manifests where digest = ?', unnamed.digest));
    rotten.flip(
      storedBytes(rotten, 'select inline_bytes as bytes from blobs where digest = ?', lost.envelope),
    );

    const backup = await sealport('backup', '--data-dir', dataDir, '--dir', `${dataDir}-copy`);
    assert.equal(backup.code, 1);
    assert.match(backup.stderr, new RegExp(`manifest ${repositoryName}@${bad.manifest.digest}`));
    assert.match(backup.stderr, new RegExp(lost.envelope));
    const scrub = await sealport('scrub', '--data-dir', dataDir, '--json');
    assert.equal(scrub.code, 1);
    const found = JSON.parse(scrub.stdout) as { damaged: number; faults: object[] };
    assert.equal(found.damaged, 3);
    const manifests = [bad.manifest.digest, unnamed.digest].toSorted();
    assert.deepEqual(found.faults, [
      ...manifests.map((digest) => ({ digest, fault: 'wrong content', repositoryName })),
      { digest: lost.envelope, fault: 'wrong content' },
    ]);
    const doctor = await sealport('doctor', '--data-dir', dataDir);
    assert.equal(doctor.code, 1);
    assert.match(doctor.stdout, new RegExp(`failed +content +damaged: .*manifest .*${bad.manifest.digest}`));

    const { get, client, server, ready } = await rotten.start('--read-threads', threads);
    for (const reference of ['t0', bad.manifest.digest]) {
      const answer = await get(`manifests/${reference}`);
      assert.equal(answer.status, 503);
      assert.match(answer.text, /"UNAVAILABLE".*Pushing the image again heals it/);
      assert.equal((await get(`manifests/${reference}`, 'HEAD')).status, 404);
    }
    const batch = await client.ecr('BatchGetImage', { repositoryName, imageIds: [{ imageTag: 't0' }] });
    assert.equal(batch.status, 500);
    assert.equal(batch.body['__type'], 'ServerException');
    assert.equal((await get(`blobs/${lost.envelope}`)).status, 503);
    assert.equal((await get('manifests/t1')).text, Buffer.from(good.manifest.bytes).toString());
    assert.equal((await ready()).status, 200);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    assert.match(metrics, /^sealport_damaged_manifests 2$/m);
    assert.match(metrics, /^sealport_damaged_blobs 1$/m);

    // A status rests on its signature; the next push gives the image another one.
    const statusOf = async (number: number) => {
      const statuses = await settledStatuses(client, repositoryName, images[number]?.manifest.digest ?? '');
      return statuses.map(({ status, failureCode }) => failureCode ?? status);
    };
    assert.deepEqual(await statusOf(1), ['SIGNATURE_DELETED']);
    assert.deepEqual(await statusOf(2), ['SIGNATURE_DELETED']);
    assert.deepEqual(await statusOf(3), ['COMPLETE']);
    for (const number of [1, 2]) {
      await client.pushImage(repositoryName, `t${number}`, images[number] ?? good);
      assert.deepEqual(await statusOf(number), ['COMPLETE']);
    }

    await client.pushImage(repositoryName, 't0', bad);
    assert.equal((await get('manifests/t0')).status, 200);
    const healed = await sealport('doctor', '--data-dir', dataDir);
    assert.doesNotMatch(healed.stdout, new RegExp(bad.manifest.digest));
  });

test('an index that lost a row is found by doctor', async (t) => {
  const rotten = await setUp(t);
  const [signature] = rotten.signatures;
  assert.ok(signature);
  rotten.breakIndex(signature.envelope);
  const doctor = await sealport('doctor', '--data-dir', rotten.dataDir);
  assert.equal(doctor.code, 1);
  assert.match(doctor.stdout, /failed +database +.*missing from index/);
});

test('under a running server: an error for what was changed, once in the log, and the rest goes on', async (t) => {
  const rotten = await setUp(t);
  const [bad, good] = rotten.images;
  assert.ok(bad && good);
  const { get, client, stop } = await rotten.start();
  rotten.flip(bad.manifest.bytes);
  for (let pulls = 0; pulls < 3; pulls += 1) assert.equal((await get('manifests/t0')).status, 503);
  assert.equal((await get('manifests/t1')).status, 200);
  await client.pushImage(repositoryName, 'new', image());
  await client.pushImage(repositoryName, 't0', bad);
  assert.equal((await get('manifests/t0')).text, Buffer.from(bad.manifest.bytes).toString());
  const told = (await stop()).match(/a manifest is damaged/g);
  assert.equal(told?.length, 1);
});

for (const threads of ['0', '1'])
  test(`a page that cannot be read, ${threads} read threads: 503, readiness says so, nothing ends`, async (t) => {
    const rotten = await setUp(t);
    const [bad] = rotten.images;
    assert.ok(bad);
    const { get, ready, server, stop } = await rotten.start('--read-threads', threads);
    assert.equal((await ready()).status, 200);
    rotten.breakPage(bad.manifest.bytes);
    const answer = await get('manifests/t0');
    assert.equal(answer.status, 503);
    assert.match(answer.text, /"UNAVAILABLE".*records of the registry are damaged/);
    const readiness = await ready();
    assert.equal(readiness.status, 503);
    assert.match(readiness.text, /"database"/);
    assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
    assert.equal((await get('tags/list')).status, 200);
    assert.match(await stop(), /malformed/);
  });
