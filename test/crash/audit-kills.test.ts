// Changes of every kind while the server is killed at random moments: the audit trail verifies after each restart, and
// each change that was acknowledged has its record.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { auditedEvents } from '../helpers/audit-trail.ts';
import { image } from '../helpers/images.ts';
import { startMortalServer } from '../helpers/mortal-process.ts';
import { settledStatuses, setUpSigning } from '../helpers/signing-set-up.ts';

const ROUNDS = 8;
const WRITERS = 6;
const repositoryName = 'chaos/app';

test('every acknowledged change has its record, and the chain holds, after kills at random moments', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'sealport-audit-kills-'));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const requests = new Set<string>();
  const images: string[] = [];
  let next = 0;

  for (let round = 0; round < ROUNDS; round += 1) {
    const server = await startMortalServer(dataDir);
    const { client, url } = server;
    if (round === 0) await setUpSigning(client, repositoryName);
    const killed = new AbortController();
    const enough = Promise.withResolvers<void>();
    const wanted = requests.size + randomInt(5, 30);
    const write = async () => {
      const authorization = await client.login();
      while (!killed.signal.aborted) {
        if (requests.size >= wanted) enough.resolve();
        const number = next++;
        const created = await client.ecr('CreateRepository', { repositoryName: `chaos/r${number}` });
        if (created.status === 200) requests.add(created.headers.get('x-amzn-requestid') ?? '');
        const { blobs, manifest } = image({ layers: 1, layerBytes: randomInt(10, 2000) });
        for (const blob of blobs) await client.pushBlob(repositoryName, blob);
        const put = await fetch(`${url}/v2/${repositoryName}/manifests/v${number}`, {
          method: 'PUT',
          headers: { authorization, 'content-type': manifest.mediaType },
          body: Buffer.from(manifest.bytes),
        });
        if (put.status !== 201) continue;
        requests.add(put.headers.get('x-request-id') ?? '');
        images.push(manifest.digest);
      }
    };
    const writers = Array.from({ length: WRITERS }, () =>
      write().catch((error: unknown) => {
        // Only a connection that the kill has cut may fail.
        assert.ok(error instanceof TypeError, String(error));
      }),
    );
    await enough.promise;
    await sleep(randomInt(0, 30));
    killed.abort();
    await server.kill('SIGKILL');
    await Promise.all(writers);
    const recorded = new Set((await auditedEvents(dataDir)).map(({ requestID }) => requestID));
    for (const id of requests) assert.ok(recorded.has(id), `no record of ${id} after round ${round}`);
  }

  const server = await startMortalServer(dataDir);
  try {
    for (const digest of images) await settledStatuses(server.client, repositoryName, digest);
  } finally {
    await server.kill('SIGTERM');
  }
  const events = await auditedEvents(dataDir);
  const signed = new Set(
    events
      .filter(({ eventName, errorCode }) => eventName === 'SignImage' && errorCode === undefined)
      .map(({ serviceEventDetails }) => serviceEventDetails?.['signedDigest']),
  );
  for (const digest of images) assert.ok(signed.has(digest), `no record of the signature of ${digest}`);
  t.diagnostic(`${requests.size} acknowledged changes, ${images.length} images, ${events.length} records`);
  assert.ok(images.length > 20, `only ${images.length} pushes`);
});
