// Uploads over the end of the process: what was acknowledged is gone on from, what was not is dropped, and what nobody
// goes on with is freed.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { blob } from '../helpers/images.ts';
import { type ModelClient, makeModelClient } from '../model/client.ts';
import { ServerProcess } from '../model/server-process.ts';

const MIB = 1024 * 1024;
const DAY_MS = 24 * 3_600_000;
const repositoryName = 'team/app';

interface World {
  readonly server: ServerProcess;
  readonly client: ModelClient;
  /** Sizes of the files of uploads. */
  files(): readonly number[];
  begin(query?: string): Promise<string>;
}

async function startWorld(t: TestContext): Promise<World> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sealport-uploads-'));
  const server = new ServerProcess(dataDir, 3_600_000);
  const client = makeModelClient(server);
  t.after(async () => {
    client.close();
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
  await server.start();
  await client.ecr('CreateRepository', { repositoryName });
  const folder = join(dataDir, 'uploads');
  return {
    server,
    client,
    files: () => readdirSync(folder).map((name) => statSync(join(folder, name)).size),
    async begin(query = '') {
      const begun = await client.send('POST', `/v2/${repositoryName}/blobs/uploads/${query}`);
      assert.equal(begun.status, 202);
      return String(begun.headers['location']);
    },
  };
}

/** Sends the beginning of a chunk and leaves it at that; gives how to break off. */
async function startSending(world: World, location: string, bytes: Uint8Array, length: number) {
  // The login of the client itself, by way of a request.
  const headers = { authorization: await world.client.authorization(), 'content-length': length };
  const sent = request({
    host: '127.0.0.1',
    port: world.server.port,
    method: 'PATCH',
    path: location,
    headers,
  });
  sent.on('error', () => {});
  sent.write(bytes);
  return () => sent.destroy();
}

for (const algorithm of ['sha256', 'sha512'] as const)
  test(`a server that is killed in the middle of a chunk goes on from what it acknowledged (${algorithm})`, async (t) => {
    const world = await startWorld(t);
    const { client, server } = world;
    const bytes = randomBytes(9 * MIB);
    const { digest } = blob(bytes, algorithm);
    const location = await world.begin(algorithm === 'sha512' ? '?digest-algorithm=sha512' : '');
    const first = await client.send('PATCH', location, { body: bytes.subarray(0, 3 * MIB) });
    assert.equal(first.status, 202);

    const leave = await startSending(world, location, bytes.subarray(3 * MIB, 7 * MIB), 6 * MIB);
    // Until some of it is on the disk, acknowledged by nobody.
    for (let tries = 0; (world.files()[0] ?? 0) <= 3 * MIB; tries += 1) {
      assert.ok(tries < 1000, 'nothing of the second chunk was written');
      await sleep(10);
    }
    await server.restart();
    leave();

    const asked = await client.send('GET', location);
    assert.equal(asked.status, 204, asked.body.toString());
    assert.equal(asked.headers['range'], `0-${3 * MIB - 1}`);
    const rest = await client.send('PATCH', location, {
      headers: { 'content-range': `${3 * MIB}-${8 * MIB - 1}` },
      body: bytes.subarray(3 * MIB, 8 * MIB),
    });
    assert.equal(rest.status, 202, rest.body.toString());
    // And once more, between two chunks.
    await server.restart();
    const put = await client.send('PUT', `${location}?digest=${digest}`, { body: bytes.subarray(8 * MIB) });
    assert.equal(put.status, 201, put.body.toString());
    const got = await client.send('GET', `/v2/${repositoryName}/blobs/${digest}`);
    assert.ok(got.body.equals(bytes));
    assert.deepEqual(world.files(), []);
  });

test('what was written and never acknowledged is not part of the blob, whatever it was', async (t) => {
  const world = await startWorld(t);
  const { client, server } = world;
  const location = await world.begin();
  const wanted = randomBytes(2 * MIB);
  assert.equal((await client.send('PATCH', location, { body: wanted.subarray(0, MIB) })).status, 202);
  const leave = await startSending(world, location, randomBytes(2 * MIB), 3 * MIB);
  for (let tries = 0; (world.files()[0] ?? 0) <= MIB && tries < 1000; tries += 1) await sleep(10);
  await server.restart();
  leave();
  const { digest } = blob(wanted);
  const put = await client.send('PUT', `${location}?digest=${digest}`, { body: wanted.subarray(MIB) });
  assert.equal(put.status, 201, put.body.toString());
  assert.ok((await client.send('GET', `/v2/${repositoryName}/blobs/${digest}`)).body.equals(wanted));
});

test('an upload that nobody goes on with is freed with its bytes, also over a restart and without its repository', async (t) => {
  const world = await startWorld(t);
  const { client, server } = world;
  const locations = [await world.begin(), await world.begin()];
  for (const location of locations)
    assert.equal((await client.send('PATCH', location, { body: randomBytes(MIB) })).status, 202);
  await client.ecr('CreateRepository', { repositoryName: 'team/gone' });
  const orphan = await client.send('POST', '/v2/team/gone/blobs/uploads/');
  await client.send('PATCH', String(orphan.headers['location']), { body: randomBytes(MIB) });
  await client.ecr('DeleteRepository', { repositoryName: 'team/gone', force: true });
  assert.equal(world.files().length, 3);

  await server.advance(DAY_MS / 2);
  await server.restart();
  // One is used again: it has another day.
  assert.equal((await client.send('PATCH', locations[1] ?? '', { body: randomBytes(10) })).status, 202);
  await server.advance(DAY_MS / 2 + 60_000);
  await server.order({ kind: 'expire' });
  assert.deepEqual(world.files(), [MIB + 10]);
  assert.equal((await client.send('GET', locations[0] ?? '')).status, 404);
  assert.equal((await client.send('GET', locations[1] ?? '')).status, 204);
  await server.advance(DAY_MS + 60_000);
  assert.equal((await client.send('GET', locations[1] ?? '')).status, 404, 'it is over before it is freed');
  await server.order({ kind: 'expire' });
  assert.deepEqual(world.files(), []);
});
