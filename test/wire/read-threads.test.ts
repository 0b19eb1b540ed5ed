// Pulls that threads answer beside the main one: nobody can tell which one it was. Every request comes on a connection of
// its own, which the system gives to any of them.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { digestHex, digestOf } from '../../src/shared/digest.ts';
import { auditedEvents } from '../helpers/audit-trail.ts';
import { blob, image, type TestImage } from '../helpers/images.ts';
import { makeUser, resourcePolicyText } from '../helpers/principals.ts';
import { headText } from '../helpers/raw-connection.ts';
import { settled } from '../helpers/settled.ts';
import { startServer, type TestServer } from '../helpers/start-server.ts';

const THREADS = 2;
/** So many that each thread gets some, but for one time in a million. */
const ENOUGH = 40;

let server: TestServer;
let authorization: string;
before(async () => {
  server = await startServer({
    env: { SEALPORT_READ_THREADS: String(THREADS), SEALPORT_LOG_LEVEL: 'fatal' },
  });
  authorization = await server.login();
  await server.ecr('CreateRepository', { repositoryName: 'team/app' });
});
after(() => server.close());

interface Got {
  readonly status: number;
  readonly body: Buffer;
}

function get(path: string, headers: Readonly<Record<string, string>> = { authorization }): Promise<Got> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: server.port, path, headers, agent: false }, (answer) => {
      answer
        .toArray()
        .then(
          (parts) => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(parts as Buffer[]) }),
          reject,
        );
    });
    sent.on('error', reject);
    sent.end();
  });
}

const many = (path: string, headers?: Readonly<Record<string, string>>, times = ENOUGH) =>
  Promise.all(Array.from({ length: times }, () => get(path, headers)));

const statuses = (answers: readonly Got[]) => [...new Set(answers.map(({ status }) => status))];

async function pushed(tag: string): Promise<TestImage> {
  const made = image({ layers: 1, layerBytes: 100 });
  await server.pushImage('team/app', tag, made);
  return made;
}

function listeners(port: number): number {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n');
  return rows.filter((row) => row.includes(`0100007F:${hex} 00000000:0000 0A`)).length;
}

test('a thread that ends is replaced, and nobody is refused meanwhile', async () => {
  const started: Worker[] = [];
  const other = await startServer({
    env: { SEALPORT_READ_THREADS: '1', SEALPORT_LOG_LEVEL: 'fatal' },
    onReadThread: (worker) => started.push(worker),
  });
  try {
    assert.equal(listeners(other.port), 2);
    await started[0]?.terminate();
    assert.equal((await fetch(`${other.url}/healthz`)).status, 200);
    for (let tries = 0; tries < 100 && listeners(other.port) < 2; tries += 1) await sleep(100);
    assert.equal(listeners(other.port), 2);
    assert.equal(started.length, 2);
    for (let n = 0; n < 20; n += 1) assert.equal((await fetch(`${other.url}/healthz`)).status, 200);
  } finally {
    await other.close();
  }
});

test('each thread listens on the port, which is for nobody else', async () => {
  assert.equal(listeners(server.port), THREADS + 1);
  for (const readThreads of ['0', '1']) {
    const env = { SEALPORT_READ_THREADS: readThreads };
    await assert.rejects(startServer({ env, port: server.port }), { code: 'EADDRINUSE' });
  }
});

test('what was acknowledged is seen by all at once', async () => {
  await many('/v2/team/app/manifests/moving');
  for (let round = 0; round < 20; round += 1) {
    const { manifest } = await pushed('moving');
    const answers = await many('/v2/team/app/manifests/moving', undefined, 12);
    for (const { body } of answers) assert.ok(body.equals(manifest.bytes), `round ${round}`);
  }
});

test('permissions are taken and given back at once', async () => {
  const user = await makeUser(server, server.accountId, 'puller', [{ Action: 'ecr:*' }]);
  const headers = { authorization: await user.login() };
  await pushed('guarded');
  const path = '/v2/team/app/manifests/guarded';
  assert.deepEqual(statuses(await many(path, headers)), [200]);
  const deny = resourcePolicyText({
    Effect: 'Deny',
    Principal: { AWS: user.arn },
    Action: 'ecr:BatchGetImage',
  });
  await server.ecr('SetRepositoryPolicy', { repositoryName: 'team/app', policyText: deny });
  assert.deepEqual(statuses(await many(path, headers)), [403]);
  await server.ecr('DeleteRepositoryPolicy', { repositoryName: 'team/app' });
  assert.deepEqual(statuses(await many(path, headers)), [200]);
  const denied = await auditedEvents(server.dataDir, { outcome: 'denied', eventName: 'BatchGetImage' });
  assert.equal(denied.length, ENOUGH, 'each was recorded before it was told');
});

test('every pull is recorded once, with the client that it came from, and counted', async () => {
  await pushed('counted');
  const count = async () => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    const line = /sealport_requests_total\{surface="oci",operation="GetManifest",status="2xx"\} (\d+)/.exec(
      text,
    );
    return Number(line?.[1] ?? 0);
  };
  const before = await settled(count);
  const path = '/v2/team/app/manifests/counted';
  const told = { authorization, 'user-agent': 'counted/1', 'sealport-client': 'plain 192.0.2.1' };
  assert.deepEqual(statuses(await many(path, told)), [200]);
  assert.equal(await settled(count), before + ENOUGH);
  let events: Awaited<ReturnType<typeof auditedEvents>> = [];
  for (let tries = 0; tries < 100 && events.length < ENOUGH; tries += 1) {
    await sleep(100);
    const all = await auditedEvents(server.dataDir, { eventName: 'BatchGetImage' });
    events = all.filter(({ userAgent }) => userAgent === 'counted/1');
  }
  assert.equal(events.length, ENOUGH);
  assert.equal(new Set(events.map(({ requestID }) => requestID)).size, ENOUGH);
  assert.deepEqual([...new Set(events.map(({ sourceIPAddress }) => sourceIPAddress))], ['127.0.0.1']);
  assert.deepEqual([...new Set(events.map(({ userIdentity }) => userIdentity.type))], ['Root']);
});

test('calls of the APIs and pushes go through whichever thread they come to', async () => {
  const names = Array.from({ length: ENOUGH }, (_, at) => `spread/r${at}`);
  const made = await Promise.all(
    names.map((repositoryName) => server.ecr('CreateRepository', { repositoryName })),
  );
  assert.deepEqual([...new Set(made.map(({ status }) => status))], [200]);
  const body = randomBytes(3 * 1024 * 1024);
  const target = `?digest=${digestOf(body)}`;
  for (const name of names.slice(0, 12)) {
    const begun = await fetch(`${server.url}/v2/${name}/blobs/uploads/`, {
      method: 'POST',
      headers: { authorization, connection: 'close' },
    });
    assert.equal(begun.status, 202);
    const put = await fetch(`${server.url}${begun.headers.get('location')}${target}`, {
      method: 'PUT',
      headers: { authorization, connection: 'close' },
      body,
    });
    assert.equal(put.status, 201);
    assert.ok((await get(`/v2/${name}/blobs/${digestOf(body)}`)).body.equals(body));
  }
});

test('a damaged layer is set aside, whoever meets it', async () => {
  const layer = blob(randomBytes(1024 * 1024));
  const made = image({ layers: 0 });
  await server.pushImage('team/app', 'damaged', made);
  await server.pushBlob('team/app', layer);
  await sleep(20);
  const hex = digestHex(layer.digest);
  const path = join(server.dataDir, 'blobs', 'sha256', hex.slice(0, 2), hex);
  const file = await open(path, 'r+');
  await file.write(randomBytes(1000), 0, 1000, 500_000);
  await file.close();
  assert.deepEqual(statuses(await many(`/v2/team/app/blobs/${layer.digest}`)), [503]);
  assert.ok(!existsSync(path));
  await server.pushBlob('team/app', layer);
  for (const { body } of await many(`/v2/team/app/blobs/${layer.digest}`, undefined, 6)) {
    assert.ok(body.equals(layer.bytes));
  }
});

test('a server that ends lets pulls end, and leaves nothing behind', async () => {
  const other = await startServer({
    env: { SEALPORT_READ_THREADS: '1', SEALPORT_LOG_LEVEL: 'fatal' },
  });
  await other.ecr('CreateRepository', { repositoryName: 'a/b' });
  const layer = blob(randomBytes(16 * 1024 * 1024));
  await other.pushBlob('a/b', layer);
  const login = await other.login();
  const sockets = Array.from({ length: 12 }, () => {
    const socket = connect({ port: other.port, host: '127.0.0.1' });
    socket.write(headText('GET', `/v2/a/b/blobs/${layer.digest}`, { authorization: login }));
    return socket;
  });
  await Promise.all(sockets.map((socket) => once(socket, 'readable')));
  const closed = other.close();
  await sleep(200);
  const bodies = await Promise.all(
    sockets.map(async (socket) => Buffer.concat((await socket.toArray()) as Buffer[])),
  );
  for (const body of bodies) {
    assert.equal(digestOf(body.subarray(body.indexOf('\r\n\r\n') + 4)), layer.digest);
  }
  await closed;
  await assert.rejects(fetch(`http://127.0.0.1:${other.port}/healthz`));
});

test('layers of an image come from the same threads', async () => {
  const made = image({ layers: 3, layerBytes: 200_000 });
  await server.pushImage('team/app', 'layers', made);
  for (const { digest, bytes } of made.blobs) {
    for (const { body } of await many(`/v2/team/app/blobs/${digest}`, undefined, 8))
      assert.ok(body.equals(bytes));
  }
});
