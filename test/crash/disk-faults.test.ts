// Real faults of the machine under a real server: a full disk, a disk that became read-only, no open files left. Clients
// are told so in their protocol's form, the server lives on and says that it is not ready, and everything works again
// when the fault is gone.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, readdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ApiClient } from '../helpers/api-client.ts';
import {
  becomesReady,
  cannotMount,
  env,
  lacks,
  MIB,
  type Readiness,
  repositoryName,
  unavailable,
  type World,
  worldOn,
} from '../helpers/disk-world.ts';
import { blob, image, type TestBlob } from '../helpers/images.ts';

/** Leaves `left` bytes. */
function fill(path: string, folder: string, left: number): void {
  writeFileSync(path, '');
  for (;;) {
    const { bavail, bsize } = statfsSync(folder);
    const more = Math.min(bavail * bsize - left, MIB);
    if (more <= 0) return;
    appendFileSync(path, Buffer.alloc(more));
  }
}

test('a disk that is full of layers', { skip: cannotMount ?? false }, async (t) => {
  const world = await worldOn(t, 48);
  const first = image({ layers: 1, layerBytes: 3 * MIB });
  await world.client.pushImage(repositoryName, 'v1', first);
  const layers: TestBlob[] = [];
  let refused: Awaited<ReturnType<World['push']>> | undefined;
  while (refused === undefined) {
    const layer = blob(randomBytes(5 * MIB));
    const answer = await world.push(layer.bytes);
    if (answer.status === 201) layers.push(layer);
    else refused = answer;
    assert.ok(layers.length < 20);
  }
  unavailable(refused, /disk of the registry is full/);
  assert.ok(layers.length >= 3);
  // What was cut off does not stay on the disk.
  const left = readdirSync(join(world.dataDir, 'uploads')).map(
    (name) => statSync(join(world.dataDir, 'uploads', name)).size,
  );
  assert.ok(
    left.every((size) => size === 0),
    String(left),
  );
  // The API's own form.
  const begun = await world.client.ecr('InitiateLayerUpload', { repositoryName });
  const part = await world.client.ecr('UploadLayerPart', {
    repositoryName,
    uploadId: begun.body['uploadId'],
    partFirstByte: 0,
    partLastByte: 10 * MIB - 1,
    layerPartBlob: Buffer.alloc(10 * MIB).toString('base64'),
  });
  assert.deepEqual([part.status, String(part.body['__type']).split('#').at(-1)], [500, 'ServerException']);

  // Pulls go on, and so does what makes room: records have their own bit of the disk.
  await world.pull(first.blobs[1] ?? assert.fail());
  for (const layer of layers) {
    const gone = await fetch(`${world.server.url}/v2/${repositoryName}/blobs/${layer.digest}`, {
      method: 'DELETE',
      headers: { authorization: await world.client.login() },
    });
    assert.equal(gone.status, 202);
  }
  const before = statfsSync(world.dataDir).bavail;
  execFileSync(
    process.execPath,
    [
      join(import.meta.dirname, '..', '..', 'src', 'main.ts'),
      'gc',
      '--data-dir',
      world.dataDir,
      '--grace',
      '0s',
    ],
    {
      env: { ...env, SEALPORT_PUBLIC_URL: world.server.url },
    },
  );
  assert.ok(statfsSync(world.dataDir).bavail > before, 'the collection made room');
  await becomesReady(() => world.ready());
  assert.equal((await world.push(randomBytes(5 * MIB))).status, 201);
  await world.pull(first.blobs[1] ?? assert.fail());
});

test('a disk that something else has filled to the last byte', { skip: cannotMount ?? false }, async (t) => {
  const world = await worldOn(t, 48);
  const kept = image();
  await world.client.pushImage(repositoryName, 'kept', kept);
  const filler = join(world.dataDir, 'filler');
  fill(filler, world.dataDir, 0);
  lacks(await world.ready(), 'blobs');
  unavailable(await world.push(randomBytes(1000)), /full/);
  // Records: the log of the database may have some room left; then none.
  const names: string[] = [];
  let refused: Awaited<ReturnType<ApiClient['ecr']>> | undefined;
  while (refused === undefined) {
    const name = `full/r${names.length}`;
    const made = await world.client.ecr('CreateRepository', {
      repositoryName: name,
      tags: Array.from({ length: 50 }, (_, n) => ({ Key: `key${n}`, Value: 'x'.repeat(250) })),
    });
    if (made.status === 200) names.push(name);
    else refused = made;
    assert.ok(names.length < 5000);
  }
  assert.deepEqual(
    [refused.status, String(refused.body['__type']).split('#').at(-1)],
    [500, 'ServerException'],
  );
  const [config] = kept.blobs;
  await world.pull(config ?? assert.fail());
  assert.equal((await fetch(`${world.server.url}/healthz`)).status, 200);

  rmSync(filler);
  await becomesReady(() => world.ready());
  // What was refused is not there, what was acknowledged is.
  const described = async (repository: string) =>
    (await world.client.ecr('DescribeRepositories', { repositoryNames: [repository] })).status;
  assert.equal(await described(`full/r${names.length}`), 400);
  for (const name of names.slice(-3)) assert.equal(await described(name), 200);
  const next = image();
  await world.client.pushImage(repositoryName, 'next', next);
  for (const part of [...kept.blobs, ...next.blobs]) await world.pull(part);
});

test('a disk that became read-only', { skip: cannotMount ?? false }, async (t) => {
  const world = await worldOn(t, 48);
  const kept = blob(randomBytes(200_000));
  assert.equal((await world.push(kept.bytes)).status, 201);
  const folders = ['uploads', 'blobs'].map((name) => join(world.dataDir, name));
  for (const folder of folders) {
    execFileSync('mount', ['--bind', folder, folder]);
    execFileSync('mount', ['-o', 'remount,bind,ro', folder]);
  }
  try {
    lacks(await world.ready(), 'blobs');
    unavailable(await world.push(randomBytes(1000)), /does not work now/);
    await world.pull(kept);
  } finally {
    for (const folder of folders) execFileSync('umount', [folder]);
  }
  await becomesReady(() => world.ready());
  const next = blob(randomBytes(200_000));
  assert.equal((await world.push(next.bytes)).status, 201);
  await world.pull(next);
});

test('no open files left', { skip: cannotMount ?? false }, async (t) => {
  const world = await worldOn(t, 48);
  const kept = blob(randomBytes(200_000));
  assert.equal((await world.push(kept.bytes)).status, 201);
  const authorization = await world.client.login();
  const { pid } = world.server.child;
  assert.ok(pid !== undefined);
  // One connection that is there already: a new one would need a file of its own.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const send = (method: string, path: string, body?: Uint8Array) =>
    new Promise<{ status: number; body: string; retryAfter: string | null }>((resolve, reject) => {
      const sent = request(
        `${world.server.url}${path}`,
        { method, agent, headers: { authorization } },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('end', () =>
            resolve({
              status: answer.statusCode ?? 0,
              body: Buffer.concat(chunks).toString('latin1'),
              retryAfter: answer.headers['retry-after'] ?? null,
            }),
          );
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  const push = (bytes: Uint8Array) =>
    send('POST', `/v2/${repositoryName}/blobs/uploads/?digest=${blob(bytes).digest}`, bytes);
  const ready = async () => JSON.parse((await send('GET', '/readyz')).body) as Readiness;
  assert.equal((await push(randomBytes(1000))).status, 201);

  const limit = (files: string) => execFileSync('prlimit', ['--pid', String(pid), `--nofile=${files}`]);
  limit('8:');
  unavailable(await push(randomBytes(1000)), /does not work now/);
  const pulled = await send('GET', `/v2/${repositoryName}/blobs/${kept.digest}`);
  unavailable(pulled, /does not work now/);
  lacks(await ready(), 'blobs');
  limit('4096:');
  await becomesReady(ready);
  assert.equal((await push(randomBytes(1000))).status, 201);
  await world.pull(kept);
});
