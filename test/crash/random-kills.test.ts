// Five hundred pushes while the server is killed at random moments: every acknowledged push is there afterwards,
// under its tag, with its blobs, and is signed once.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { image, type TestImage } from '../helpers/images.ts';
import { type MortalServer, startMortalServer } from '../helpers/mortal-process.ts';
import { readableSignatures, settledStatuses, setUpSigning } from '../helpers/signing-set-up.ts';

const PUSHES = 500;
const WRITERS = 8;
const repositoryName = 'chaos/app';

test('500 pushes with random kills of the server lose nothing and sign each image once', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'sealport-kills-'));
  let server: MortalServer = await startMortalServer(dataDir);
  const done = new AbortController();
  let killer: Promise<void> = Promise.resolve();
  t.after(async () => {
    // Also after a failure: else a server would be started that nobody ends.
    done.abort();
    await killer;
    await server.kill('SIGTERM');
    await rm(dataDir, { recursive: true, force: true });
  });
  await setUpSigning(server.client, repositoryName);

  const acknowledged: { readonly tag: string; readonly image: TestImage }[] = [];
  let next = 0;
  let kills = 0;

  async function write(): Promise<void> {
    for (let mine = next++; mine < PUSHES; mine = next++) {
      const pushed = { tag: `v${mine}`, image: image({ layers: 1, layerBytes: randomInt(100, 20_000) }) };
      for (let tries = 1; ; tries += 1) {
        try {
          await server.client.pushImage(repositoryName, pushed.tag, pushed.image);
          break;
        } catch (error) {
          // The server is down or went down under this push; only that may happen.
          assert.ok(isConnectionFault(error), `push ${mine}: ${String(error)}`);
          assert.ok(tries < 4000, 'the server does not come back');
          await sleep(50);
        }
      }
      acknowledged.push(pushed);
    }
  }

  const writers = Promise.all(Array.from({ length: WRITERS }, write));
  void writers.finally(() => done.abort());
  killer = (async () => {
    while (!done.signal.aborted) {
      // By progress and not by time, so that a slow machine gets on as well; the moment itself is random.
      const enough = acknowledged.length + randomInt(1, 40);
      while (acknowledged.length < enough && !done.signal.aborted) await sleep(5);
      await sleep(randomInt(0, 20));
      if (done.signal.aborted) break;
      await server.kill('SIGKILL');
      kills += 1;
      server = await startMortalServer(dataDir);
    }
  })();
  await writers;
  await killer;
  t.diagnostic(`${kills} kills`);
  assert.ok(kills >= 3, `only ${kills} kills`);
  assert.equal(acknowledged.length, PUSHES);

  const { client, url } = server;
  const authorization = await client.login();
  for (const { tag, image: pushed } of acknowledged) {
    const { digest } = pushed.manifest;
    const head = await fetch(`${url}/v2/${repositoryName}/manifests/${tag}`, { headers: { authorization } });
    assert.equal(head.headers.get('docker-content-digest'), digest, tag);
    await head.arrayBuffer();
    for (const blob of pushed.blobs) {
      const answer = await fetch(`${url}/v2/${repositoryName}/blobs/${blob.digest}`, {
        headers: { authorization },
      });
      assert.deepEqual(
        Buffer.from(await answer.arrayBuffer()),
        Buffer.from(blob.bytes),
        `${tag} ${blob.digest}`,
      );
    }
    const statuses = await settledStatuses(client, repositoryName, digest);
    assert.deepEqual(
      statuses.map(({ status }) => status),
      ['COMPLETE'],
      tag,
    );
    assert.equal((await readableSignatures(client, url, repositoryName, digest)).length, 1, tag);
  }
});

/** fetch says "fetch failed" for every fault of the connection, and "terminated" for a cut answer. */
function isConnectionFault(error: unknown): boolean {
  return error instanceof TypeError && /fetch failed|terminated|other side closed/.test(error.message);
}
