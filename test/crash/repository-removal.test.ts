// The process dies, as under `kill -9`, while the content of a deleted repository is being removed. Nobody finds any of
// it at any time, its name is free, and the next start removes the rest.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { CollectionPoint } from '../../src/domain/registry/index.ts';
import { image, type TestImage } from '../helpers/images.ts';
import { makeModelClient } from '../model/client.ts';
import { leftovers } from '../model/leftovers.ts';
import { ServerProcess } from '../model/server-process.ts';

const GRACE_MS = 3_600_000;
const repositoryName = 'team/app';
/** With so many tags there is work for several parts. */
const IMAGES = 50;
const TAGS = 100;

const points: readonly CollectionPoint[] = ['remove:before-commit', 'remove:part-removed'];

for (const point of points)
  test(`a process that dies at ${point} removes the rest of a deleted repository after its next start`, async (t) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'sealport-removal-'));
    const server = new ServerProcess(dataDir, GRACE_MS);
    const client = makeModelClient(server);
    t.after(async () => {
      client.close();
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    });
    const push = async (pushed: TestImage, query = '') => {
      for (const { digest, bytes } of pushed.blobs) {
        const path = `/v2/${repositoryName}/blobs/uploads/?digest=${digest}`;
        assert.equal((await client.send('POST', path, { body: bytes })).status, 201);
      }
      const { manifest } = pushed;
      const path = `/v2/${repositoryName}/manifests/${manifest.digest}${query}`;
      const headers = { 'content-type': manifest.mediaType };
      assert.equal((await client.send('PUT', path, { headers, body: manifest.bytes })).status, 201);
    };
    const rowsLeft = () => {
      const database = new DatabaseSync(join(dataDir, 'metadata.db'), { readOnly: true });
      try {
        const count = (table: string) =>
          Number(database.prepare(`select count(*) as n from ${table}`).get()?.['n']);
        return { tags: count('tags'), images: count('images'), repositories: count('repositories') };
      } finally {
        database.close();
      }
    };

    await server.start();
    await client.ecr('CreateRepository', { repositoryName });
    const pushed = Array.from({ length: IMAGES }, () => image());
    for (const [at, one] of pushed.entries()) {
      const tags = Array.from({ length: TAGS }, (_, tag) => `tag=t${at}-${tag}`);
      await push(one, `?${tags.join('&')}`);
    }
    assert.deepEqual(rowsLeft(), { tags: IMAGES * TAGS, images: IMAGES, repositories: 1 });

    server.expectDeath();
    await server.order({ kind: 'die at', point, turns: 1 });
    // Its answer may be lost with the process; it was deleted, or else nothing would be removed.
    await client.ecr('DeleteRepository', { repositoryName, force: true }).catch(() => undefined);
    for (let tries = 0; server.isUp(); tries += 1) {
      assert.ok(tries < 500, 'the process must have come to the point');
      await wait(20);
    }
    const { tags } = rowsLeft();
    if (point === 'remove:before-commit') assert.equal(tags, IMAGES * TAGS);
    else assert.ok(tags > 0 && tags < IMAGES * TAGS, `${tags} tags are left`);

    await server.restart();
    const [again] = pushed;
    assert.ok(again !== undefined);
    const manifestPath = `/v2/${repositoryName}/manifests/t0-0`;
    assert.equal((await client.send('GET', manifestPath)).status, 404);
    assert.equal((await client.ecr('CreateRepository', { repositoryName })).status, 200);
    await push(again, '?tag=t0-0');
    for (let tries = 0; rowsLeft().repositories > 1; tries += 1) {
      assert.ok(tries < 500, 'the rest must be removed');
      await wait(20);
    }
    assert.deepEqual(rowsLeft(), { tags: 1, images: 1, repositories: 1 });
    assert.equal((await client.send('GET', manifestPath)).status, 200);

    await server.order({ kind: 'collect' });
    assert.deepEqual(leftovers(dataDir, new Map([[repositoryName, new Set([again.manifest.digest])]])), []);
  });
