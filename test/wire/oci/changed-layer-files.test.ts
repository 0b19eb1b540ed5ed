// Layer files that something else changed: what a client gets is what it asked for, or an error.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestHex } from '../../../src/shared/digest.ts';
import { blob, type TestBlob } from '../../helpers/images.ts';
import { type OciServer, refused, startOciServer } from '../../helpers/oci-client.ts';

let server: OciServer;
let repository: string;
before(async () => {
  server = await startOciServer();
  repository = await server.repository();
});
after(() => server.close());

async function pushed(): Promise<{ layer: TestBlob; file: string; target: string }> {
  const layer = blob(randomBytes(1024 * 1024));
  await server.push(repository, layer);
  // Longer than a tick of the file system's clock.
  await sleep(20);
  const hex = digestHex(layer.digest);
  const file = join(server.dataDir, 'blobs', 'sha256', hex.slice(0, 2), hex);
  return { layer, file, target: `/v2/${repository}/blobs/${layer.digest}` };
}

/** Other bytes; the size is what it was. */
async function overwrite(path: string): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(randomBytes(100_000), 0, 100_000, 500_000);
  await file.close();
}

for (const isPulled of [true, false])
  test(`bytes that were changed are never served${isPulled ? ', though the layer was before' : ''}`, async () => {
    const { layer, file, target } = await pushed();
    if (isPulled) assert.ok((await server.send('GET', target)).body.equals(layer.bytes));
    await overwrite(file);
    const answers = await Promise.all([
      server.send('GET', target),
      server.send('GET', target, { headers: { range: 'bytes=0-99' } }),
    ]);
    for (const answer of answers) refused(answer, 503, 'UNAVAILABLE');
    assert.ok(!existsSync(file));
    const aside = join(server.dataDir, 'quarantine', `sha256-${digestHex(layer.digest)}`);
    assert.equal((await readFile(aside)).length, layer.bytes.length);
    // For a push it is missing, and comes again.
    assert.equal((await server.send('HEAD', target)).status, 404);
    await server.push(repository, layer);
    assert.ok((await server.send('GET', target)).body.equals(layer.bytes));
  });

test('a file that was only touched is served', async () => {
  const { layer, file, target } = await pushed();
  await utimes(file, new Date(), new Date());
  for (const _ of [1, 2]) assert.ok((await server.send('GET', target)).body.equals(layer.bytes));
  assert.ok(existsSync(file));
});

test('the address that ECR gives for a layer leads to no changed bytes either', async () => {
  const { layer, file } = await pushed();
  const given = await server.ecr('GetDownloadUrlForLayer', {
    repositoryName: repository,
    layerDigest: layer.digest,
  });
  assert.equal(given.status, 200);
  const url = new URL(String(given.body['downloadUrl']));
  await overwrite(file);
  refused(await server.send('GET', url.pathname + url.search, { login: false }), 503, 'UNAVAILABLE');
});
