// Files of the data directory that are moved away, or damaged, under a real server. It tells which part it cannot use,
// acknowledges nothing that nobody would find again, serves what it still can, and works again when they are back.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  becomesReady,
  env,
  lacks,
  repositoryName,
  serverFault,
  unavailable,
  type World,
  worldIn,
} from '../helpers/disk-world.ts';
import { blob, image } from '../helpers/images.ts';
import { runCli } from '../helpers/run-cli.ts';

const kept = image({ layers: 1, layerBytes: 200_000 });

async function setUp(t: TestContext): Promise<World & { readonly away: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'sealport-vanished-'));
  const ending = new AsyncDisposableStack();
  ending.defer(() => rm(folder, { recursive: true }));
  t.after(() => ending.disposeAsync());
  const world = await worldIn(join(folder, 'data'), ending);
  await world.client.pushImage(repositoryName, 'kept', kept);
  return { ...world, away: join(folder, 'away') };
}

const createRepository = (world: World, name: string) =>
  world.client.ecr('CreateRepository', { repositoryName: name });

for (const name of ['metadata.db', 'metadata.db-wal', 'metadata.db-shm']) {
  test(`${name} is moved away, and comes back`, async (t) => {
    const world = await setUp(t);
    const file = join(world.dataDir, name);
    renameSync(file, world.away);
    lacks(await world.ready(), 'database');
    unavailable(await world.push(randomBytes(1000)), /records of the registry cannot be used/);
    serverFault(await createRepository(world, 'refused/app'));
    // What is read only is read from what is open.
    assert.equal((await world.send('GET', 'manifests/kept')).status, 200);
    for (const part of kept.blobs) await world.pull(part);

    renameSync(world.away, file);
    await becomesReady(() => world.ready());
    assert.equal((await world.push(randomBytes(1000))).status, 201);
    assert.equal((await createRepository(world, 'refused/app')).status, 200);
    assert.match(await world.stop(), new RegExp(`${name} was removed or replaced while it was in use`));
  });
}

test('a server is not started on layers without their records', async (t) => {
  const world = await setUp(t);
  const file = join(world.dataDir, 'metadata.db');
  renameSync(file, world.away);
  await world.stop();
  const { code, stderr } = await runCli(['serve', '--port', '0', '--data-dir', world.dataDir], { env });
  assert.equal(code, 1);
  assert.match(stderr, /^sealport: [^\n]+ has layers but no records: [^\n]+\n$/);
});

test('another file in the place of metadata.db is not taken for it', async (t) => {
  const world = await setUp(t);
  const file = join(world.dataDir, 'metadata.db');
  renameSync(file, world.away);
  writeFileSync(file, '');
  lacks(await world.ready(), 'database');
  unavailable(await world.push(randomBytes(1000)), /records/);
  renameSync(world.away, file);
  await becomesReady(() => world.ready());
});

test('a write-ahead log that was cut off does not end the server', async (t) => {
  const world = await setUp(t);
  truncateSync(join(world.dataDir, 'metadata.db-wal'), 0);
  for (let round = 0; round < 3; round += 1) {
    lacks(await world.ready(), 'database');
    unavailable(await world.push(randomBytes(1000)), /records/);
    assert.equal((await fetch(`${world.server.url}/healthz`)).status, 200);
  }
});

test('a write-ahead log with something else in it is told as such', async (t) => {
  const world = await setUp(t);
  const file = join(world.dataDir, 'metadata.db-wal');
  writeFileSync(file, randomBytes(statSync(file).size), { flag: 'r+' });
  lacks(await world.ready(), 'database');
  unavailable(await world.push(randomBytes(1000)), /records/);
  serverFault(await createRepository(world, 'refused/app'));
  assert.match(await world.stop(), /is not a database|malformed/);
});

test('the folder of uploads is moved away, and comes back', async (t) => {
  const world = await setUp(t);
  const folder = join(world.dataDir, 'uploads');
  renameSync(folder, world.away);
  lacks(await world.ready(), 'blobs');
  unavailable(await world.push(randomBytes(1000)), /does not work now/);
  for (const part of kept.blobs) await world.pull(part);
  renameSync(world.away, folder);
  await becomesReady(() => world.ready());
  assert.equal((await world.push(randomBytes(1000))).status, 201);
  assert.deepEqual(readdirSync(folder), [], 'what was refused left nothing behind');
});

test('the folder of layers is moved away, and comes back', async (t) => {
  const world = await setUp(t);
  const folder = join(world.dataDir, 'blobs');
  renameSync(folder, world.away);
  lacks(await world.ready(), 'blobs');
  // No empty folder is made in its place, which would look well.
  for (let pushes = 0; pushes < 3; pushes += 1)
    unavailable(await world.push(randomBytes(1000)), /does not work now/);
  const [config] = kept.blobs;
  unavailable(await world.send('GET', `blobs/${config?.digest}`), /try again later|damaged/);
  lacks(await world.ready(), 'blobs');
  renameSync(world.away, folder);
  await becomesReady(() => world.ready());
  for (const part of kept.blobs) await world.pull(part);
  assert.equal((await world.push(randomBytes(1000))).status, 201);
});

test('the file of the audit trail is moved away, and comes back', async (t) => {
  const world = await setUp(t);
  const file = join(world.dataDir, 'audit', '000001.jsonl');
  renameSync(file, world.away);
  // It is looked at when the trail is forced onto the disk, each second that something is written.
  const deadline = Date.now() + 10_000;
  for (let number = 0; (await createRepository(world, `many/r${number}`)).status === 200; number += 1)
    assert.ok(Date.now() < deadline, 'records go on into a file that nobody finds');
  lacks(await world.ready(), 'audit trail');
  unavailable(await world.push(randomBytes(1000)), /audit trail cannot be written/);
  for (const part of kept.blobs) await world.pull(part);
  renameSync(world.away, file);
  await becomesReady(() => world.ready());
  const pushed = blob(randomBytes(1000));
  assert.equal((await world.push(pushed.bytes)).status, 201);
  await world.pull(pushed);
  const log = await world.stop();
  assert.match(log, /the audit trail cannot be written/);
  assert.match(log, /the audit trail is written again/);
});
