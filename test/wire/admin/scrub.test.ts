// `/admin/scrub`: who may, how a scrub is begun, followed and ended, what it finds, what gives way to what.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { truncate } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AdminRequest, adminClient, runOf } from '../../helpers/admin-client.ts';
import { awaitedEvents } from '../../helpers/audit-trail.ts';
import { blob } from '../../helpers/images.ts';
import { makeAccount, makeUser } from '../../helpers/principals.ts';
import { fileOf } from '../../helpers/registry-stores.ts';
import { startServer, TEST_CREDENTIALS, type TestServer } from '../../helpers/start-server.ts';

const layers = Array.from({ length: 3 }, () => blob(randomBytes(5000)));
const [layer] = layers as [(typeof layers)[number]];
let server: TestServer;
before(async () => {
  server = await startServer({ env: { SEALPORT_SCRUB_INTERVAL: 'off' } });
  await server.ecr('CreateRepository', { repositoryName: 'app' });
  for (const pushed of layers) await server.pushBlob('app', pushed);
});
after(() => server.close());

const send = adminClient(() => server);
const scrubbed = () => runOf(send, '/admin/scrub');

test('an operator has every file read, sees the damage, and that a push healed it', async () => {
  assert.equal((await send('GET', '/admin/scrub')).status, 404);
  const facts = { status: 'COMPLETE', scope: 'all', blobs: 3, bytes: 15_000, part: 1 };
  const whole = await scrubbed();
  assert.deepEqual({ ...whole, ...facts, damaged: 0, unreadable: 0, faults: [] }, whole);

  await truncate(fileOf({ directory: server.dataDir }, layer.digest), 4000);
  const harmed = await scrubbed();
  const faults = [{ digest: layer.digest, fault: 'wrong size' }];
  assert.deepEqual({ ...harmed, blobs: 3, damaged: 1, unreadable: 0, faults }, harmed);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  assert.match(metrics, /^sealport_damaged_blobs 1$/m);

  await server.pushBlob('app', layer);
  assert.equal((await scrubbed())['damaged'], 0);
});

test('a scrub is audited', async () => {
  for (const eventName of ['StartScrub', 'GetScrub']) {
    const [first] = await awaitedEvents(server.dataDir, { eventName });
    assert.equal(first?.eventSource, 'sealport.amazonaws.com');
  }
});

test('one at a time, which may be ended', async () => {
  // A byte in a second: the first file alone takes longer than this test.
  const started = await send('POST', '/admin/scrub?bytes-per-second=1');
  assert.deepEqual([started.status, started.body['bytesPerSecond']], [202, 1]);
  const second = await send('POST', '/admin/scrub');
  assert.deepEqual([second.status, second.body['code']], [409, 'Conflict']);
  const ended = await send('DELETE', '/admin/scrub');
  assert.deepEqual([ended.body['id'], ended.body['status']], [started.body['id'], 'STOPPED']);
  assert.deepEqual((await send('DELETE', '/admin/scrub')).body, ended.body);
  assert.equal((await scrubbed())['status'], 'COMPLETE');
});

test('a round of the schedule gives way, and the scrub of all stands for it', async (t) => {
  const other = await startServer({
    env: { SEALPORT_SCRUB_INTERVAL: '1s', SEALPORT_SCRUB_RATE: '1KiB' },
  });
  t.after(() => other.close());
  await other.ecr('CreateRepository', { repositoryName: 'app' });
  const big = blob(randomBytes(2_000_000));
  await other.pushBlob('app', big);
  const sendOther = adminClient(() => other);
  let round: Readonly<Record<string, unknown>> = {};
  for (let tries = 0; tries < 1000 && !(round['status'] === 'RUNNING' && round['bytes'] !== 0); tries += 1) {
    await sleep(10);
    round = (await sendOther('GET', '/admin/scrub')).body;
  }
  assert.deepEqual([round['scope'], round['status']], ['round', 'RUNNING']);
  const started = await sendOther('POST', '/admin/scrub');
  assert.deepEqual([started.status, started.body['scope']], [202, 'all']);
  for (;;) {
    const { body } = await sendOther('GET', '/admin/scrub');
    if (body['id'] !== started.body['id']) {
      // Its successor, an interval later: it has come after the end of ours.
      assert.equal(body['scope'], 'round');
      break;
    }
    if (body['status'] === 'COMPLETE') {
      assert.equal(body['bytes'], 2_000_000);
      break;
    }
    assert.equal(body['status'], 'RUNNING');
    await sleep(10);
  }
});

test('nobody but the root of the account, and only what is offered', async () => {
  const user = await makeUser(server, server.accountId, 'operator', [{ Action: '*' }]);
  const stranger = await makeAccount(server);
  const wrongKey = { ...TEST_CREDENTIALS, secretAccessKey: 'x'.repeat(40) };
  const cases: readonly [string, string, AdminRequest, number, string][] = [
    ['POST', '', { unsigned: true }, 403, 'MissingAuthenticationTokenException'],
    ['POST', '', { service: 'ecr' }, 400, 'InvalidSignatureException'],
    ['POST', '', { credentials: wrongKey }, 400, 'InvalidSignatureException'],
    ['POST', '?bytes-per-second=0', {}, 400, 'InvalidRequest'],
    ['POST', '?bytes-per-second=fast', {}, 400, 'InvalidRequest'],
    ['POST', '?rate=1', {}, 400, 'InvalidRequest'],
    ['PUT', '', {}, 405, 'MethodNotAllowed'],
    ...['POST', 'GET', 'DELETE'].flatMap((method): [string, string, AdminRequest, number, string][] =>
      [user, stranger].map(({ credentials }) => [method, '', { credentials }, 403, 'AccessDenied']),
    ),
  ];
  for (const [method, query, options, status, code] of cases) {
    const answer = await send(method, `/admin/scrub${query}`, options);
    assert.deepEqual([answer.status, answer.body['code']], [status, code], `${method} ${query}`);
  }
});
