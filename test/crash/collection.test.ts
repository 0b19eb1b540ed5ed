// The process dies, as under `kill -9`, at each named point of a collection of garbage (docs/garbage-collection.md).
// What is left never lacks the bytes of a blob, heals by a later collection, and takes a push of the same content.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CollectionPoint } from '../../src/domain/registry/index.ts';
import { blob, image, type TestBlob } from '../helpers/images.ts';
import { makeModelClient } from '../model/client.ts';
import { leftovers } from '../model/leftovers.ts';
import { DownError, ServerProcess } from '../model/server-process.ts';

const GRACE_MS = 3_600_000;
const DAY_MS = 24 * 3_600_000;
const repositoryName = 'team/app';

/** Each point, and what is left beside the image that must stay. */
const points: readonly [CollectionPoint, { readonly rows: number; readonly strayFiles: number }][] = [
  ['collect:before-commit', { rows: 3, strayFiles: 0 }],
  ['collect:rows-deleted', { rows: 0, strayFiles: 3 }],
  ['collect:file-deleted', { rows: 0, strayFiles: 2 }],
];

for (const [point, { rows, strayFiles }] of points)
  test(`a process that dies at ${point} leaves nothing without its bytes, and nothing for good`, async (t) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'sealport-collection-'));
    const server = new ServerProcess(dataDir, GRACE_MS);
    const client = makeModelClient(server);
    t.after(async () => {
      client.close();
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    });
    const push = async ({ digest, bytes }: TestBlob) => {
      const path = `/v2/${repositoryName}/blobs/uploads/?digest=${digest}`;
      assert.equal((await client.send('POST', path, { body: bytes })).status, 201);
    };
    const get = async (digest: string) => client.send('GET', `/v2/${repositoryName}/blobs/${digest}`);
    const collect = async () =>
      (await server.order({ kind: 'collect' })) as { blobs: number; strayFiles: number };

    await server.start();
    await client.ecr('CreateRepository', { repositoryName });
    const kept = image();
    for (const part of kept.blobs) await push(part);
    const put = await client.send('PUT', `/v2/${repositoryName}/manifests/v1`, {
      headers: { 'content-type': kept.manifest.mediaType },
      body: kept.manifest.bytes,
    });
    assert.equal(put.status, 201);
    const garbage = Array.from({ length: 3 }, () => blob(randomBytes(100_000)));
    for (const layer of garbage) await push(layer);

    await server.advance(2 * GRACE_MS);
    server.expectDeath();
    await server.order({ kind: 'die at', point, turns: 1 });
    await assert.rejects(collect(), DownError, 'the process must have come to the point');
    await server.restart();

    const images = new Map([[repositoryName, new Set<string>([kept.manifest.digest])]]);
    const left = leftovers(dataDir, images);
    assert.deepEqual(
      left.filter((sentence) => sentence.includes('lacking')),
      [],
    );
    assert.equal(left.filter((sentence) => sentence.startsWith('blob ')).length, rows, left.join('\n'));
    assert.equal(left.filter((sentence) => sentence.startsWith('file ')).length, strayFiles, left.join('\n'));

    // One comes back before the next collection: it must survive that.
    const [again] = garbage;
    assert.ok(again !== undefined);
    assert.equal((await get(again.digest)).status, 404);
    await push(again);
    await collect();
    assert.ok((await get(again.digest)).body.equals(again.bytes));

    await server.advance(DAY_MS);
    const collected = await collect();
    assert.ok(collected.blobs + collected.strayFiles >= 1);
    assert.deepEqual(leftovers(dataDir, images), []);
    for (const part of kept.blobs) assert.ok((await get(part.digest)).body.equals(part.bytes));
  });
