// The trail cannot be written: nothing is changed and nothing signed that would not be recorded, and it goes on by
// itself when it can. The folder is moved away, so that the next file of the log cannot be made; files are so small
// that every record needs one.
import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { auditedEvents } from '../../helpers/audit-trail.ts';
import { image } from '../../helpers/images.ts';
import { settledStatuses, setUpSigning, statusesOf } from '../../helpers/signing-set-up.ts';
import { startServer } from '../../helpers/start-server.ts';

const tiny = { SEALPORT_AUDIT_KEEP: '1MiB' };
const repositoryName = 'team/app';

async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let n = 0; n < 200; n += 1) {
    if (await holds()) return;
    await sleep(50);
  }
  assert.fail(what);
}

test('refuses changes while the trail cannot be written, answers reads, and goes on', async () => {
  const server = await startServer({ env: tiny, auditSegmentBytes: 1 });
  const folder = join(server.dataDir, 'audit');
  try {
    await setUpSigning(server, repositoryName);
    const authorization = await server.login();
    const [kept, refused] = [image({ layers: 1, layerBytes: 10 }), image({ layers: 1, layerBytes: 11 })];
    await server.pushImage(repositoryName, 'kept', kept);
    await settledStatuses(server, repositoryName, kept.manifest.digest);

    renameSync(folder, `${folder}-away`);
    // The first that comes finds out; those after it are refused before anything is done.
    const create = (name: string) => server.ecr('CreateRepository', { repositoryName: name });
    assert.equal((await create('first')).status, 500);
    assert.equal((await create('second')).status, 500);
    const push = await fetch(`${server.url}/v2/${repositoryName}/manifests/refused`, {
      method: 'PUT',
      headers: { authorization, 'content-type': refused.manifest.mediaType },
      body: Buffer.from(refused.manifest.bytes),
    });
    assert.equal(push.status, 503);
    assert.equal(push.headers.get('retry-after'), '1');
    assert.equal((await server.ecr('GetAuthorizationToken', {})).status, 500);
    // Denied stays denied, and reads go on.
    assert.equal((await server.ecr('DescribeRepositories', { registryId: '999999999999' })).status, 400);
    const { status, body } = await server.ecr('DescribeRepositories', {});
    assert.equal(status, 200);
    const names = (body['repositories'] as { repositoryName: string }[]).map((r) => r.repositoryName);
    assert.ok(!names.includes('second'), 'a change was made that could not be recorded');
    const ready = await fetch(`${server.url}/readyz`);
    assert.equal(ready.status, 503);
    assert.deepEqual(((await ready.json()) as { failed: string[] }).failed, ['audit trail']);

    renameSync(`${folder}-away`, folder);
    await eventually('it does not go on', async () => (await create('third')).status === 200);
    const created = await auditedEvents(server.dataDir, { eventName: 'CreateRepository' });
    // The change that was made when the trail failed has its record, too.
    assert.deepEqual(
      created
        .map(({ requestParameters, errorCode }) => [requestParameters?.['repositoryName'], errorCode])
        .slice(0, 2),
      [
        [repositoryName, undefined],
        ['first', undefined],
      ],
    );
    assert.equal(created.at(-1)?.requestParameters?.['repositoryName'], 'third');
  } finally {
    await server.close();
  }
});

test('no signature is published before the trail has it', async () => {
  const pushAnswered = Promise.withResolvers<void>();
  const server = await startServer({
    env: tiny,
    auditSegmentBytes: 1,
    signingCheckpoint: (point) => (point === 'run:signed' ? pushAnswered.promise : undefined),
  });
  const folder = join(server.dataDir, 'audit');
  try {
    await setUpSigning(server, repositoryName);
    const pushed = image({ layers: 1, layerBytes: 10 });
    await server.pushImage(repositoryName, 'v1', pushed);
    renameSync(folder, `${folder}-away`);
    pushAnswered.resolve();
    await sleep(700);
    const [status] = await statusesOf(server, repositoryName, pushed.manifest.digest);
    assert.equal(status?.status, 'IN_PROGRESS');
    renameSync(`${folder}-away`, folder);
    const statuses = await settledStatuses(server, repositoryName, pushed.manifest.digest);
    assert.deepEqual(
      statuses.map((entry) => entry.status),
      ['COMPLETE'],
    );
  } finally {
    await server.close();
  }
});

test('with --audit-on-failure continue everything goes on', async () => {
  const server = await startServer({
    env: { ...tiny, SEALPORT_AUDIT_ON_FAILURE: 'continue' },
    auditSegmentBytes: 1,
  });
  const folder = join(server.dataDir, 'audit');
  try {
    renameSync(folder, `${folder}-away`);
    for (const name of ['one', 'two'])
      assert.equal((await server.ecr('CreateRepository', { repositoryName: name })).status, 200);
    renameSync(`${folder}-away`, folder);
    await eventually('the records do not come', async () => {
      const events = await auditedEvents(server.dataDir, { eventName: 'CreateRepository' });
      return events.length === 2;
    });
  } finally {
    await server.close();
  }
});
