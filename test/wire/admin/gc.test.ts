// `/admin/gc`: who may, how a collection is begun and followed, what is refused.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { type Principal, rootPrincipal } from '../../../src/domain/access/index.ts';
import { garbageRoute } from '../../../src/http/admin/garbage.ts';
import { makeAdminSurface } from '../../../src/http/admin/surface.ts';
import { type AdminRequest, adminClient, runOf } from '../../helpers/admin-client.ts';
import { blob, image } from '../../helpers/images.ts';
import { fileOf } from '../../helpers/registry-stores.ts';
import { startServer, TEST_CREDENTIALS, type TestServer } from '../../helpers/start-server.ts';

const HOUR_MS = 3_600_000;
const time = { ahead: 0 };
const clock = { now: () => Date.now() + time.ahead };
const hold: { during?: () => Promise<void> } = {};
let server: TestServer;
before(async () => {
  server = await startServer({
    clock,
    env: { SEALPORT_GC_GRACE: '1h' },
    collectionCheckpoint: () => hold.during?.(),
  });
});
after(() => server.close());

const send = adminClient(() => server, clock.now);
const collected = (query?: string) => runOf(send, '/admin/gc', query);

test('nothing is told before the first collection', async () => {
  assert.equal((await send('GET', '/admin/gc')).status, 404);
});

test('an operator sees what would go, lets it go, and sees what it freed', async () => {
  await server.ecr('CreateRepository', { repositoryName: 'gc/app' });
  const layer = blob(randomBytes(5000));
  await server.pushBlob('gc/app', layer);
  const kept = image();
  await server.pushImage('gc/app', 'v1', kept);
  const facts = { links: 1, blobs: 1, strayFiles: 0, freedBytes: 5000 };

  assert.equal((await collected())['blobs'], 0);
  time.ahead += 2 * HOUR_MS;
  const dry = await collected('?dry-run=true');
  assert.deepEqual({ ...dry, ...facts }, dry);
  assert.equal(dry['status'], 'COMPLETE');
  assert.ok(existsSync(fileOf({ directory: server.dataDir }, layer.digest)));
  const real = await collected();
  assert.deepEqual({ ...real, ...facts, dryRun: false }, real);
  assert.ok(!existsSync(fileOf({ directory: server.dataDir }, layer.digest)));
  for (const { digest } of kept.blobs)
    assert.ok(existsSync(fileOf({ directory: server.dataDir }, digest)), 'what an image names stays');

  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  assert.match(metrics, /^sealport_collected_bytes_total 5000$/m);
});

test('a grace period of its own', async () => {
  await server.pushBlob('gc/app', blob(randomBytes(100)));
  time.ahead += HOUR_MS / 2;
  assert.equal((await collected('?grace-seconds=3000'))['blobs'], 0);
  assert.equal((await collected('?grace-seconds=600'))['blobs'], 1);
});

test('one collection at a time', async () => {
  await server.pushBlob('gc/app', blob(randomBytes(100)));
  time.ahead += 2 * HOUR_MS;
  const { promise, resolve } = Promise.withResolvers<void>();
  hold.during = () => promise;
  const started = await send('POST', '/admin/gc');
  assert.equal(started.status, 202);
  const second = await send('POST', '/admin/gc');
  assert.deepEqual([second.status, second.body['code']], [409, 'Conflict']);
  assert.equal((await send('GET', '/admin/gc')).body['status'], 'RUNNING');
  delete hold.during;
  resolve();
});

test('nobody but the root of the account, and only what is offered', async () => {
  const cases: readonly [string, string, AdminRequest, number, string][] = [
    ['POST', '/admin/gc', { unsigned: true }, 403, 'MissingAuthenticationTokenException'],
    ['GET', '/admin/gc', { unsigned: true }, 403, 'MissingAuthenticationTokenException'],
    ['POST', '/admin/gc', { service: 'ecr' }, 400, 'InvalidSignatureException'],
    [
      'POST',
      '/admin/gc',
      { credentials: { ...TEST_CREDENTIALS, secretAccessKey: 'x'.repeat(40) } },
      400,
      'InvalidSignatureException',
    ],
    ['POST', '/admin/gc', { body: '{}' }, 400, 'InvalidRequest'],
    ['POST', '/admin/gc?dry-run=maybe', {}, 400, 'InvalidRequest'],
    ['POST', '/admin/gc?grace-seconds=-1', {}, 400, 'InvalidRequest'],
    ['POST', '/admin/gc?dryrun=true', {}, 400, 'InvalidRequest'],
    ['GET', '/admin/other', {}, 404, 'NotFound'],
    ['PUT', '/admin/gc', {}, 405, 'MethodNotAllowed'],
  ];
  for (const [method, target, options, status, code] of cases) {
    const answer = await send(method, target, options);
    assert.deepEqual([answer.status, answer.body['code']], [status, code], `${method} ${target}`);
  }
});

test('a user of the account and the root of another are refused, although their signatures are good', async (t) => {
  const user: Principal = {
    kind: 'user',
    accountId: server.accountId,
    arn: `arn:aws:iam::${server.accountId}:user/operator`,
    userId: 'AIDAEXAMPLE',
    accessKeyId: TEST_CREDENTIALS.accessKeyId,
    userName: 'operator',
    tags: {},
  };
  for (const principal of [user, rootPrincipal('000000000042', TEST_CREDENTIALS.accessKeyId)]) {
    const surface = makeAdminSurface({
      callers: {
        findAccessKey: async () => ({ ...TEST_CREDENTIALS, principal }),
        now: clock.now,
        noteUse: () => {},
      },
      accountId: server.accountId,
      routes: {
        '/admin/gc': garbageRoute({
          runs: {
            start: () => assert.fail('begun'),
            latest: () => assert.fail('told'),
            end: () => assert.fail('ended'),
            stop: () => Promise.resolve(),
          },
          graceMs: 1,
        }),
      },
    });
    const meta = {
      requestId: 'r',
      sourceIp: '',
      isEncrypted: false,
      audit: { requireReady: () => {}, record: async () => {} },
      report: () => {},
    };
    const listener = createServer((request, response) => void surface(request, response, meta));
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    t.after(() => listener.close());
    const { port } = listener.address() as AddressInfo;
    for (const method of ['GET', 'POST', 'DELETE']) {
      const answer = await send(method, '/admin/gc', { to: `http://127.0.0.1:${port}` });
      assert.deepEqual([answer.status, answer.body['code']], [403, 'AccessDenied']);
    }
  }
});
