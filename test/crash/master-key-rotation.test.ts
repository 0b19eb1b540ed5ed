// The master key changes while images are pushed and signed, and while the process is killed at random moments:
// every acknowledged push is signed, nothing stays under the former key, and the trail verifies.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readMasterKey } from '../../src/adapters/keys/master-key.ts';
import { offerNextKey, readFormerKeys } from '../../src/adapters/keys/master-key-files.ts';
import { openMetadata } from '../../src/adapters/metadata/open.ts';
import { auditedEvents } from '../helpers/audit-trail.ts';
import { image } from '../helpers/images.ts';
import { type MortalServer, startMortalServer } from '../helpers/mortal-process.ts';
import { runCli } from '../helpers/run-cli.ts';
import { settledStatuses, setUpSigning } from '../helpers/signing-set-up.ts';

const repositoryName = 'rotating/app';

async function temporary(t: TestContext): Promise<{ dataDir: string; path: string }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sealport-rotation-'));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  return { dataDir, path: join(dataDir, 'master.key') };
}

/** Ids of the master keys under which the records of a stopped server are sealed. */
async function sealedUnder(dataDir: string): Promise<readonly string[]> {
  const metadata = await openMetadata({
    path: join(dataDir, 'metadata.db'),
    onError(error) {
      throw error;
    },
  });
  try {
    const { items } = await metadata.sealed.authorities.list(metadata.storage.reader, { limit: 1000 });
    assert.ok(items.length >= 2);
    return [...new Set(items.map(({ sealed }) => Buffer.from(sealed.subarray(1, 9)).toString('hex')))];
  } finally {
    await metadata.close();
  }
}

async function push(server: MortalServer, tag: string): Promise<string> {
  const pushed = image({ layers: 1, layerBytes: 100 });
  await server.client.pushImage(repositoryName, tag, pushed);
  return pushed.manifest.digest;
}

async function assertSigned(server: MortalServer, digest: string): Promise<void> {
  const statuses = await settledStatuses(server.client, repositoryName, digest);
  assert.deepEqual(
    statuses.map(({ status }) => status),
    ['COMPLETE'],
  );
}

test('a running server changes its master key while it signs, and logins go on', async (t) => {
  const { dataDir, path } = await temporary(t);
  let server = await startMortalServer(dataDir);
  await setUpSigning(server.client, repositoryName);
  const before = (await readMasterKey(path))?.id;
  const authorization = await server.client.login();
  const digests: string[] = [];
  const done = new AbortController();
  const pushing = (async () => {
    for (let n = 0; !done.signal.aborted; n += 1) digests.push(await push(server, `v${n}`));
  })();
  await sleep(100);
  const { code, stdout, stderr } = await runCli(['keys', 'rotate-master', '--json', '--data-dir', dataDir]);
  assert.equal(code, 0, stderr);
  done.abort();
  await pushing;
  const after = (await readMasterKey(path))?.id;
  assert.notEqual(after, before);
  assert.deepEqual(JSON.parse(stdout), { masterKey: after, former: before });
  digests.push(await push(server, 'last'));
  for (const digest of digests) await assertSigned(server, digest);
  const list = `${server.url}/v2/${repositoryName}/tags/list`;
  assert.equal((await fetch(list, { headers: { authorization } })).status, 200);

  // A restart finds everything, and logins from before the change.
  await server.kill('SIGTERM');
  assert.deepEqual(await sealedUnder(dataDir), [after]);
  server = await startMortalServer(dataDir);
  t.after(() => server.kill('SIGTERM'));
  const again = `${server.url}/v2/${repositoryName}/tags/list`;
  assert.equal((await fetch(again, { headers: { authorization } })).status, 200);
  await assertSigned(server, await push(server, 'restarted'));

  // Long after the change the former key goes, and what was made with it.
  const [former] = await readFormerKeys(path);
  assert.equal(former?.state, 'retired');
  await utimes(former.path, 1000, 1000);
  for (let n = 0; n < 200 && (await readFormerKeys(path)).length > 0; n += 1) await sleep(50);
  assert.deepEqual(await readFormerKeys(path), []);
  for (let n = 0; n < 200; n += 1) {
    if ((await fetch(again, { headers: { authorization } })).status === 401) break;
    await sleep(50);
  }
  assert.equal((await fetch(again, { headers: { authorization } })).status, 401);
  await assertSigned(server, await push(server, 'forgotten'));
});

test('without a server the command does it, with a key of its own choice; --end-logins ends logins', async (t) => {
  const { dataDir, path } = await temporary(t);
  const first = await startMortalServer(dataDir);
  await setUpSigning(first.client, repositoryName);
  const authorization = await first.client.login();
  await first.kill('SIGTERM');
  const chosen = join(dataDir, 'chosen.key');
  await offerNextKey(chosen);
  const given = `${chosen}.next`;
  const { code, stderr } = await runCli([
    'keys',
    'rotate-master',
    '--end-logins',
    '--new-key-file',
    given,
    '--data-dir',
    dataDir,
  ]);
  assert.equal(code, 0, stderr);
  const after = (await readMasterKey(path))?.id;
  assert.equal(after, (await readMasterKey(given))?.id);
  assert.deepEqual(await readFormerKeys(path), []);
  assert.deepEqual(await sealedUnder(dataDir), [after]);
  const server = await startMortalServer(dataDir);
  t.after(() => server.kill('SIGTERM'));
  const list = `${server.url}/v2/${repositoryName}/tags/list`;
  assert.equal((await fetch(list, { headers: { authorization } })).status, 401);
  await assertSigned(server, await push(server, 'v1'));
  await auditedEvents(dataDir);
});

test('a change of the master key survives kills at any moment', async (t) => {
  const { dataDir, path } = await temporary(t);
  let server = await startMortalServer(dataDir);
  t.after(() => server.kill('SIGTERM'));
  await setUpSigning(server.client, repositoryName);
  // More records than one batch.
  for (let n = 0; n < 60; n += 1)
    await server.client.signer('PUT', `/signing-profiles/many_${n}`, {
      platformId: 'Notation-OCI-SHA384-ECDSA',
    });
  const digests: string[] = [];
  for (let round = 0; round < 6; round += 1) {
    const before = (await readMasterKey(path))?.id;
    const offered = await offerNextKey(path);
    digests.push(await push(server, `a${round}`));
    // The server looks every second; the kill falls before, into or behind the change.
    await sleep(randomInt(0, 1400));
    await server.kill('SIGKILL');
    const files = (await readdir(dataDir)).filter((name) => name.startsWith('master.key'));
    server = await startMortalServer(dataDir);
    for (let n = 0; n < 400; n += 1) {
      const states = (await readFormerKeys(path)).map(({ state }) => state);
      if ((await readMasterKey(path))?.id === offered.id && !states.includes('retiring')) break;
      await sleep(50);
    }
    assert.equal(
      (await readMasterKey(path))?.id,
      offered.id,
      `round ${round}, from ${before}: ${files.join(' ')}`,
    );
    digests.push(await push(server, `b${round}`));
  }
  for (const digest of digests) await assertSigned(server, digest);
  await server.kill('SIGTERM');
  assert.deepEqual(await sealedUnder(dataDir), [(await readMasterKey(path))?.id]);
  await auditedEvents(dataDir);
  server = await startMortalServer(dataDir);
});
