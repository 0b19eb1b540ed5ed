// A data directory that can no longer be written, under a real server.
//
// A file system with files open for writing cannot be remounted read-only. What the kernel does when a disk fails
// (`errors=remount-ro`) is had with ext4's `abort`: every write is refused with EROFS, through open descriptors too, until
// the file system is unmounted. A state that passes is put together: a read-only bind mount over the directory (EROFS for
// whatever is opened), and the immutable attribute on the files that are open already (EPERM for their writes). Starts are
// tried on a file system that is truly remounted.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  becomesReady,
  cannotMount,
  cannotMountExt4,
  diskOf,
  env,
  lacks,
  MIB,
  repositoryName,
  serverFault,
  unavailable,
  type World,
  worldIn,
  worldOn,
} from '../helpers/disk-world.ts';
import { blob, image, type TestImage } from '../helpers/images.ts';
import { runCli } from '../helpers/run-cli.ts';
import { startServe } from '../helpers/serve-process.ts';
import { readableSignatures, settledStatuses, setUpSigning, statusesOf } from '../helpers/signing-set-up.ts';

const signed = 'team/signed';
const small = image({ layers: 1, layerBytes: 1000 });
const large = image({ layers: 1, layerBytes: 3 * MIB });

async function pushBoth({ client }: World): Promise<void> {
  await client.pushImage(repositoryName, 'small', small);
  await client.pushImage(repositoryName, 'large', large);
}

/** Nothing of this writes. */
async function readsGoOn(world: World): Promise<void> {
  for (const { manifest, blobs } of [small, large]) {
    const pulled = await world.send('GET', `manifests/${manifest.digest}`);
    assert.deepEqual([pulled.status, pulled.body], [200, Buffer.from(manifest.bytes).toString()]);
    for (const part of blobs) await world.pull(part);
  }
  for (const tag of ['small', 'large'])
    assert.equal((await world.send('GET', `manifests/${tag}`)).status, 200);
  const described = await world.client.ecr('DescribeImages', { repositoryName });
  assert.equal(described.status, 200);
  for (const path of ['/healthz', '/metrics'])
    assert.equal((await fetch(`${world.server.url}${path}`)).status, 200);
}

/** Every kind of write, in the form of its protocol. `upload`: the address of one that was begun before. */
async function writesAreRefused(world: World, upload: string): Promise<void> {
  const { client } = world;
  const words = /try again later/;
  const { digest, bytes } = blob(randomBytes(100_000));
  unavailable(await world.push(bytes), words);
  unavailable(await world.send('POST', 'blobs/uploads/'), words);
  unavailable(await world.send('PATCH', upload, bytes, 'application/octet-stream'), words);
  unavailable(await world.send('PUT', `${upload}?digest=${digest}`, bytes), words);
  const { manifest } = small;
  unavailable(await world.send('PUT', 'manifests/again', manifest.bytes, manifest.mediaType), words);
  unavailable(await world.send('DELETE', `manifests/${manifest.digest}`), words);
  serverFault(await client.ecr('CreateRepository', { repositoryName: 'refused/app' }));
  serverFault(await client.ecr('PutSigningConfiguration', { signingConfiguration: { rules: [] } }));
  serverFault(
    await client.signer('PUT', '/signing-profiles/refused', { platformId: 'Notation-OCI-SHA384-ECDSA' }),
  );
  // A login is recorded before it is given out, and the record cannot be written.
  serverFault(await client.ecr('GetAuthorizationToken', {}));
}

async function beginUpload(world: World): Promise<string> {
  const { status, location } = await world.send('POST', 'blobs/uploads/');
  assert.equal(status, 202);
  return new URL(location ?? assert.fail(), world.server.url).pathname;
}

/** Gives what ends it. */
function makeReadOnly({ dataDir }: World): () => void {
  // Not the index that SQLite maps into memory: a write to that would be a bus error, which a disk does not cause.
  const audit = readdirSync(join(dataDir, 'audit')).map((name) => join('audit', name));
  const open = ['metadata.db', 'metadata.db-wal', ...audit].map((name) => join(dataDir, name));
  execFileSync('chattr', ['+i', ...open]);
  execFileSync('mount', ['--bind', dataDir, dataDir]);
  execFileSync('mount', ['-o', 'remount,bind,ro', dataDir]);
  return () => {
    // Something may have been opened meanwhile, through this mount.
    execFileSync('umount', ['--lazy', dataDir]);
    execFileSync('chattr', ['-i', ...open]);
  };
}

test('a directory that is read-only for a while', { skip: cannotMountExt4 ?? false }, async (t) => {
  const world = await worldOn(t, 64, 'ext4');
  const { client, server } = world;
  await setUpSigning(client, signed);
  await pushBoth(world);
  const upload = await beginUpload(world);
  const begun = randomBytes(50_000);
  assert.equal((await world.send('PATCH', upload, begun, 'application/octet-stream')).status, 202);

  // Stopped in the middle: pushes are acknowledged, and their signatures are not made yet.
  const images = Array.from({ length: 40 }, () => image({ layers: 1, layerBytes: 100 }));
  for (const { blobs } of images) for (const part of blobs) await client.pushBlob(signed, part);
  const acknowledged: TestImage[] = [];
  const first = Promise.withResolvers<void>();
  const pushes = images.map(async (pushed, number) => {
    await client.pushManifest(signed, `v${number}`, pushed.manifest);
    acknowledged.push(pushed);
    if (acknowledged.length === 1) {
      server.child.kill('SIGSTOP');
      first.resolve();
    }
  });
  await first.promise;
  const heal = makeReadOnly(world);
  try {
    server.child.kill('SIGCONT');
    await Promise.allSettled(pushes);
    const waiting = await Promise.all(
      acknowledged.map(
        async ({ manifest }) => (await statusesOf(client, signed, manifest.digest))[0]?.status,
      ),
    );
    assert.ok(waiting.includes('IN_PROGRESS'), 'a job was under way');
    assert.ok(!waiting.includes('FAILED'));
    lacks(await world.ready(), 'blobs');
    lacks(await world.ready(), 'database');
    await writesAreRefused(world, upload);
    lacks(await world.ready(), 'audit trail');
    await readsGoOn(world);
  } finally {
    heal();
  }

  await becomesReady(() => world.ready());
  for (const { manifest } of acknowledged) {
    const statuses = await settledStatuses(client, signed, manifest.digest);
    assert.deepEqual(
      statuses.map(({ status }) => status),
      ['COMPLETE'],
    );
    assert.equal((await readableSignatures(client, server.url, signed, manifest.digest)).length, 1);
  }
  await readsGoOn(world);
  // The upload goes on where it was acknowledged.
  const rest = randomBytes(70_000);
  const whole = blob(Buffer.concat([begun, rest]));
  assert.equal((await world.send('PATCH', upload, rest, 'application/octet-stream')).status, 202);
  assert.equal((await world.send('PUT', `${upload}?digest=${whole.digest}`)).status, 201);
  await world.pull(whole);
  assert.equal((await client.ecr('CreateRepository', { repositoryName: 'refused/app' })).status, 200);
  assert.equal((await client.ecr('GetAuthorizationToken', {})).status, 200);
  await client.pushImage(signed, 'after', small);
  await settledStatuses(client, signed, small.manifest.digest);
  const log = await world.stop();
  assert.match(log, /EROFS: read-only file system/);
  assert.match(log, /the audit trail cannot be written/);
  assert.match(log, /the audit trail is written again/);
});

test('a database file that takes nothing over from its log for a while', {
  skip: cannotMountExt4 ?? false,
}, async (t) => {
  const world = await worldOn(t, 64, 'ext4');
  const records = join(world.dataDir, 'metadata.db');
  const before = statSync(records).size;
  let number = 0;
  /** About a hundred pages of the log for each ten. */
  const fillLog = async (repositories: number) => {
    for (const end = number + repositories; number < end; number += 1) {
      const tags = Array.from({ length: 50 }, (_, n) => ({ Key: `key${n}`, Value: 'x'.repeat(250) }));
      const made = await world.client.ecr('CreateRepository', { repositoryName: `many/r${number}`, tags });
      assert.equal(made.status, 200);
    }
  };
  execFileSync('chattr', ['+i', records]);
  try {
    await fillLog(200);
    assert.equal(statSync(records).size, before);
    assert.deepEqual(await world.ready(), { status: 'ready' }, 'what is in the log is kept');
  } finally {
    execFileSync('chattr', ['-i', records]);
  }
  for (let tries = 0; statSync(records).size === before && tries < 100; tries += 1) await fillLog(1);
  assert.ok(statSync(records).size > before, 'the log is taken over again');
  assert.match(await world.stop(), /disk I\/O error/);
});

test('a disk that the kernel made read-only', { skip: cannotMountExt4 ?? false }, async (t) => {
  await using ending = new AsyncDisposableStack();
  const dataDir = await diskOf(t, 64, 'ext4');
  const world = await worldIn(dataDir, ending);
  await setUpSigning(world.client, signed);
  await pushBoth(world);
  await world.client.pushImage(signed, 'v1', small);
  const upload = await beginUpload(world);
  execFileSync('mount', ['-o', 'remount,abort', dataDir]);
  // Permissions look as before. Nothing was written yet that could have failed.
  lacks(await world.ready(), 'blobs');
  lacks(await world.ready(), 'database');
  await writesAreRefused(world, upload);
  await readsGoOn(world);
  await statusesOf(world.client, signed, small.manifest.digest);
  assert.match(await world.stop(), /EROFS: read-only file system/);
  assert.equal((await world.server.result).code, 0, 'it ends in order');

  // A start says so too, and on the repaired disk all is there.
  await refusesToStart(dataDir);
  const disk = join(dataDir, '..', 'image');
  execFileSync('umount', [dataDir]);
  // 1: it had something to repair, the journal.
  assert.ok([0, 1].includes(spawnSync('e2fsck', ['-p', disk]).status ?? -1));
  execFileSync('mount', ['-o', 'loop', disk, dataDir]);
  const again = await worldIn(dataDir, ending);
  await readsGoOn(again);
  const statuses = await settledStatuses(again.client, signed, small.manifest.digest);
  assert.equal(statuses[0]?.status, 'COMPLETE');
  assert.equal((await again.push(randomBytes(1000))).status, 201);
});

/** With one line that names the directory. */
async function refusesToStart(dataDir: string, args: readonly string[] = []): Promise<void> {
  for (const command of [['serve', '--port', '0', '--log-format', 'json', ...args], ['gc']]) {
    const { code, stdout, stderr } = await runCli([...command, '--data-dir', dataDir], { env });
    assert.equal(code, 1, stdout);
    assert.match(stderr, /^sealport: [^\n]+\n$/);
    assert.ok(stderr.includes(dataDir), stderr);
    assert.match(stderr, /cannot be (written|used): .*(EROFS|read-only|readonly)/);
  }
}

test('a start on a directory that is read-only', { skip: cannotMount ?? false }, async (t) => {
  const dataDir = await diskOf(t, 48);
  const remount = (how: 'ro' | 'rw') => execFileSync('mount', ['-o', `remount,${how}`, dataDir]);
  remount('ro');
  const empty = await runCli(['serve', '--port', '0', '--data-dir', dataDir], { env });
  assert.equal(empty.code, 1);
  assert.match(empty.stderr, /^sealport: the data directory [^\n]+ cannot be written: EROFS[^\n]+\n$/);
  remount('rw');
  const first = await startServe(dataDir, { env });
  // Killed, so that the next start has something to clear up.
  first.child.kill('SIGKILL');
  await first.result;
  remount('ro');
  await refusesToStart(dataDir);
  await refusesToStart(dataDir, ['--audit', 'off']);
  remount('rw');
  // Only the records.
  const records = join(dataDir, 'metadata.db');
  execFileSync('mount', ['--bind', records, records]);
  execFileSync('mount', ['-o', 'remount,bind,ro', records]);
  try {
    await refusesToStart(dataDir);
  } finally {
    execFileSync('umount', [records]);
  }
  const last = await startServe(dataDir, { env });
  last.child.kill('SIGTERM');
  assert.equal((await last.result).code, 0);
});
