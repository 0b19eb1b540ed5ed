// `sealport backup` while clients push and delete and garbage is collected: the copy, started as a server of its own, has
// every image that was acknowledged before, with its layers, statuses and signatures.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { holdBackRemoval } from '../../../src/adapters/data-dir/file-removal.ts';
import { type ApiClient, apiClient } from '../../helpers/api-client.ts';
import { blob, image, type TestImage } from '../../helpers/images.ts';
import { fileOf } from '../../helpers/registry-stores.ts';
import { runCli } from '../../helpers/run-cli.ts';
import { type ServeProcess, startServe } from '../../helpers/serve-process.ts';
import { readableSignatures, settledStatuses, setUpSigning } from '../../helpers/signing-set-up.ts';
import { TEST_CREDENTIALS } from '../../helpers/start-server.ts';

const env = {
  SEALPORT_ROOT_ACCESS_KEY_ID: TEST_CREDENTIALS.accessKeyId,
  SEALPORT_ROOT_SECRET_ACCESS_KEY: TEST_CREDENTIALS.secretAccessKey,
};
const repositoryName = 'team/app';
let directory: string;
let dataDir: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sealport-backup-'));
  dataDir = join(directory, 'data');
});
after(() => rm(directory, { recursive: true, force: true }));

const clientOf = (server: ServeProcess): ApiClient =>
  apiClient({ url: server.url, credentials: TEST_CREDENTIALS, region: 'us-east-1' });
const backup = (dir: string, ...args: string[]) =>
  runCli(['backup', '--data-dir', dataDir, '--dir', dir, '--json', ...args], { env });

async function stop(server: ServeProcess): Promise<void> {
  server.child.kill('SIGTERM');
  await server.result;
}

/** Everything that an acknowledged push promises. */
async function expectImage(
  server: ServeProcess,
  tag: string,
  pushed: TestImage,
  signed: boolean,
): Promise<void> {
  const client = clientOf(server);
  const authorization = await client.login();
  const get = async (path: string) => {
    const answer = await fetch(`${server.url}/v2/${repositoryName}/${path}`, { headers: { authorization } });
    return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
  };
  const manifest = await get(`manifests/${tag}`);
  assert.equal(manifest.status, 200, tag);
  assert.ok(manifest.bytes.equals(pushed.manifest.bytes), tag);
  for (const part of pushed.blobs) {
    const got = await get(`blobs/${part.digest}`);
    assert.equal(got.status, 200, `${tag} ${part.digest}`);
    assert.ok(got.bytes.equals(part.bytes), `${tag} ${part.digest}`);
  }
  const { digest } = pushed.manifest;
  const statuses = await settledStatuses(client, repositoryName, digest);
  assert.deepEqual(
    statuses.map(({ status }) => status),
    ['COMPLETE'],
    tag,
  );
  if (signed)
    assert.equal((await readableSignatures(client, server.url, repositoryName, digest)).length, 1, tag);
}

describe('backup', () => {
  test('under load is one consistent copy, which another server starts on', async (t) => {
    const server = await startServe(dataDir, {
      env,
      // Garbage goes as soon as it may: a backup must hold it back.
      args: ['--gc-interval', '1s', '--gc-grace', '4s', '--log-level', 'error'],
    });
    // Whatever becomes of the test.
    t.after(() => stop(server));
    const client = clientOf(server);
    await setUpSigning(client, repositoryName);
    const kept: { tag: string; image: TestImage }[] = [];
    const over = new AbortController();
    let n = 0;
    const pushing = async () => {
      while (!over.signal.aborted) {
        n += 1;
        const tag = `v${n}`;
        const pushed = image({ layers: 2, layerBytes: n % 5 === 0 ? 300_000 : 3000 });
        await client.pushImage(repositoryName, tag, pushed);
        kept.push({ tag, image: pushed });
      }
    };
    // Whole repositories come and go, so that layers of the copy are garbage while it is made.
    const deleting = async () => {
      for (let turn = 0; !over.signal.aborted; turn += 1) {
        const name = `gone/r${turn}`;
        await client.ecr('CreateRepository', { repositoryName: name });
        for (let at = 0; at < 5; at += 1) await client.pushImage(name, `v${at}`, image());
        await client.ecr('DeleteRepository', { repositoryName: name, force: true });
      }
    };
    const load = Promise.all([pushing(), pushing(), deleting()]);
    await new Promise((resolve) => setTimeout(resolve, 2000));

    const copy = join(directory, 'copy');
    const acknowledged = [...kept];
    const made = await backup(copy);
    over.abort();
    await load;
    assert.equal(made.code, 0, made.stderr);
    const facts = JSON.parse(made.stdout) as { blobs: number; damaged: unknown[]; withKeys: boolean };
    assert.deepEqual([facts.damaged, facts.withKeys], [[], false]);
    assert.ok(acknowledged.length > 5 && facts.blobs >= acknowledged.length * 3, `${facts.blobs} layers`);
    assert.deepEqual((await readdir(copy)).toSorted(), ['backup.json', 'blobs', 'metadata.db']);
    t.diagnostic(`${acknowledged.length} images before, ${kept.length} after, ${facts.blobs} layers`);

    // Goes on where the last one ended.
    const again = await backup(copy, '--include-keys');
    assert.equal(again.code, 0, again.stderr);
    // What was garbage in the first copy may be gone by now: more layers than before are not to be had for certain.
    const { blobs } = JSON.parse(again.stdout) as { blobs: number };
    assert.ok(blobs >= kept.length * 3, `${blobs} layers of ${kept.length} images`);
    assert.equal(statSync(join(copy, 'master.key')).mode & 0o777, 0o600);
    await stop(server);

    const restored = join(directory, 'restored');
    await cp(copy, restored, { recursive: true });
    const second = await startServe(restored, { env });
    try {
      for (const { tag, image: pushed } of kept) await expectImage(second, tag, pushed, true);
      const more = image();
      await clientOf(second).pushImage(repositoryName, 'after', more);
      await expectImage(second, 'after', more, true);
    } finally {
      await stop(second);
    }
  });

  test('of the first moment, without keys, starts with the master key put back', async () => {
    const copy = join(directory, 'plain');
    assert.equal((await backup(copy)).code, 0);
    const refused = await runCli(['serve', '--port', '0', '--data-dir', copy], { env });
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /master key/);
    await copyFile(join(dataDir, 'master.key'), join(copy, 'master.key'));
    await stop(await startServe(copy, { env }));
  });

  test('without a server, by links, takes no second copy of the layers', async () => {
    const copy = join(directory, 'linked');
    const made = await backup(copy, '--link');
    assert.equal(made.code, 0, made.stderr);
    const [folder = ''] = await readdir(join(copy, 'blobs', 'sha256'));
    const [name = ''] = await readdir(join(copy, 'blobs', 'sha256', folder));
    assert.ok(statSync(join(copy, 'blobs', 'sha256', folder, name)).nlink >= 2);
  });

  test('tells which layers are damaged, and fails', async () => {
    const server = await startServe(dataDir, { env });
    const layers = [blob(randomBytes(1000)), blob(randomBytes(1000)), blob(randomBytes(1000))] as const;
    for (const layer of layers) await clientOf(server).pushBlob(repositoryName, layer);
    await stop(server);
    const [gone, short, other] = layers.map(({ digest }) => fileOf({ directory: dataDir }, digest));
    assert.ok(gone !== undefined && short !== undefined && other !== undefined);
    await rm(gone);
    await truncate(short, 10);
    await writeFile(other, randomBytes(1000));
    const made = await backup(join(directory, 'damaged'));
    assert.equal(made.code, 1);
    const { damaged } = JSON.parse(made.stdout) as { damaged: { digest: string; fault: string }[] };
    const faults = ['missing', 'wrong size', 'wrong content'];
    assert.equal(damaged.length, 3);
    for (const [at, { digest }] of layers.entries())
      assert.equal(damaged.find((one) => one.digest === digest)?.fault, faults[at]);
  });

  test('refuses what is no place for it, and what is no data directory', async () => {
    const full = join(directory, 'full');
    await mkdir(full);
    await writeFile(join(full, 'letter'), 'dear');
    for (const [dir, words] of [
      [full, /is no backup/],
      [join(dataDir, 'backup'), /in the data directory/],
      [dataDir, /in the data directory/],
    ] as const) {
      const refused = await backup(dir);
      assert.equal(refused.code, 1, dir);
      assert.match(refused.stderr, words);
    }
    assert.equal(await readFile(join(full, 'letter'), 'utf8'), 'dear');
    assert.ok(!existsSync(join(dataDir, 'backup')));
    const none = await runCli(['backup', '--data-dir', join(directory, 'none'), '--dir', full], { env });
    assert.equal(none.code, 1);
    assert.match(none.stderr, /no data directory/);
  });

  test('holds back the collection of garbage while it goes on', async () => {
    const hold = holdBackRemoval(dataDir);
    const server = await startServe(dataDir, { env });
    const layer = blob(randomBytes(100));
    await clientOf(server).pushBlob(repositoryName, layer);
    await stop(server);
    const refused = await runCli(['gc', '--data-dir', dataDir, '--grace', '0s'], { env });
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /A backup is being made/);
    assert.ok(existsSync(fileOf({ directory: dataDir }, layer.digest)));
    hold.release();
    assert.equal((await runCli(['gc', '--data-dir', dataDir, '--grace', '0s'], { env })).code, 0);
    assert.ok(!existsSync(fileOf({ directory: dataDir }, layer.digest)));
  });
});
