// Clients that keep a connection, a lock or buffers by doing as little as possible: each is cut off when it falls
// behind the pace, and what it held is free again.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { signRequest } from '../../../src/http/auth/sigv4-canonical.ts';
import { ecrHeaders } from '../../helpers/aws-request.ts';
import { blob } from '../../helpers/images.ts';
import { startOciServer } from '../../helpers/oci-client.ts';
import { headText, openConnection, type RawConnection } from '../../helpers/raw-connection.ts';

const server = await startOciServer({
  limits: { bytesPerSecond: 10_000, paceMs: 400, headMs: 600, idleMs: 5000 },
});
const authorization = await server.login();
const download = await startOciServer({ limits: { bytesPerSecond: 200_000, paceMs: 300 } });
after(async () => {
  await server.close();
  await download.close();
});

/** Sends a byte now and then until the server ends the connection; gives the milliseconds that it took. */
async function trickle(connection: RawConnection, text = 'x'): Promise<number> {
  const started = performance.now();
  while (!connection.socket.closed) {
    connection.write(text);
    await sleep(50);
  }
  return performance.now() - started;
}

describe('heads', () => {
  for (const [title, first] of [
    ['that never begins', ''],
    ['that stops in its first line', 'GET /v2'],
    ['that stops in a header', 'GET /v2/ HTTP/1.1\r\nHost: a\r\nX: y'],
  ] as const) {
    test(`a head ${title} is refused`, async () => {
      const connection = await openConnection(server.port);
      if (first !== '') connection.write(first);
      const answer = await connection.answer();
      assert.equal(answer?.status, 408, answer?.body);
      assert.match(answer.body, /RequestTimeoutException/);
      await connection.closed();
    });
  }

  test('a head that comes byte by byte is refused, though it never pauses', async () => {
    const connection = await openConnection(server.port);
    connection.write('GET /v2/ HTTP/1.1\r\nHost: a\r\nX: ');
    assert.ok((await trickle(connection)) < 5000);
    assert.equal((await connection.answer())?.status, 408);
  });
});

describe('bodies', () => {
  const call = (length: number) =>
    headText('POST', '/', {
      ...signRequest({
        method: 'POST',
        target: '/',
        headers: { host: 'localhost', ...ecrHeaders('DescribeRegistry') },
        body: Buffer.alloc(0),
        ...server.credentials,
        region: 'us-east-1',
        service: 'ecr',
        now: Date.now(),
      }),
      'content-length': length,
    });

  test('a call whose body trickles is refused in the form of the API', async () => {
    const connection = await openConnection(server.port);
    connection.write(call(100_000));
    assert.ok((await trickle(connection)) < 18_000);
    const answer = await connection.answer();
    assert.equal(answer?.status, 408, answer?.body);
    assert.match(answer.body, /"__type":"RequestTimeoutException"/);
  });

  test('a manifest whose body stalls is refused in the form of the distribution API', async () => {
    const name = await server.repository();
    const connection = await openConnection(server.port);
    connection.write(headText('PUT', `/v2/${name}/manifests/v1`, { authorization, 'content-length': 1000 }));
    connection.write('{');
    const answer = await connection.answer();
    assert.equal(answer?.status, 408, answer?.body);
    assert.equal(JSON.parse(answer.body).errors[0].code, 'SIZE_INVALID');
    connection.destroy();
  });

  for (const chunked of [false, true]) {
    test(`a trickled upload ${chunked ? 'in chunks' : 'with its length'} is refused, keeps what came, and is free to go on`, async () => {
      const location = await server.begin(await server.repository());
      const connection = await openConnection(server.port);
      const length = chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': 1_000_000 };
      connection.write(headText('PATCH', location, { authorization, ...length }));
      const trickled = trickle(connection, chunked ? '1\r\nx\r\n' : 'x');
      const answer = await connection.answer();
      assert.equal(answer?.status, 408, answer?.body);
      assert.equal(JSON.parse(answer.body).errors[0].code, 'SIZE_INVALID');
      const status = await server.send('GET', location);
      assert.equal(status.status, 204);
      const [, last] = String(status.headers['range']).split('-');
      const next = Number(last) + 1;
      const range = { 'content-range': `${next}-${next + 2}` };
      assert.equal((await server.send('PATCH', location, { headers: range, body: 'abc' })).status, 202);
      connection.destroy();
      await trickled;
    });
  }

  test('a body in very small pieces is refused, however fast they come', async () => {
    const location = await server.begin(await server.repository());
    const ecr = call(0).replace('content-length: 0', 'transfer-encoding: chunked');
    const patch = headText('PATCH', location, { authorization, 'transfer-encoding': 'chunked' });
    for (const head of [ecr, patch]) {
      const connection = await openConnection(server.port);
      connection.write(head + '1\r\nx\r\n'.repeat(5000));
      assert.match((await connection.answer())?.body ?? '', /in too small pieces/);
      await connection.closed();
    }
  });

  test('a client that keeps the pace is served, however long it takes', async () => {
    const name = await server.repository();
    const whole = blob(randomBytes(40_000));
    const location = await server.begin(name);
    const connection = await openConnection(server.port);
    const target = `${location}?digest=${whole.digest}`;
    connection.write(headText('PUT', target, { authorization, 'content-length': whole.bytes.length }));
    // 20 kB a second for two seconds: five times the span over which the pace is measured.
    for (let at = 0; at < whole.bytes.length; at += 2000) {
      connection.write(whole.bytes.subarray(at, at + 2000));
      await sleep(100);
    }
    assert.equal((await connection.answer())?.status, 201);
    connection.destroy();
  });
});

describe('answers', () => {
  const login = download.login();

  test('a reader that stalls, or takes a little now and then, is cut off and its file is closed', async () => {
    const name = await download.repository();
    const big = blob(randomBytes(24 * 1024 * 1024));
    await download.push(name, big);
    const openFiles = await files();
    for (const [step, isPulled] of [
      [0, false],
      [2000, false],
      [2000, true],
    ] as const) {
      // From memory its bytes take another way.
      if (isPulled) await download.send('GET', `/v2/${name}/blobs/${big.digest}`);
      const socket = connect({ port: download.port, host: '127.0.0.1' });
      socket.on('error', () => {});
      await once(socket, 'connect');
      socket.write(headText('GET', `/v2/${name}/blobs/${big.digest}`, { authorization: await login }));
      await once(socket, 'readable');
      const cut = once(socket, 'close');
      const started = performance.now();
      // Paused: only what is asked for here is read.
      while ((await files()) > openFiles) {
        if (step > 0) socket.read(step);
        await sleep(50);
        assert.ok(performance.now() - started < 20_000, 'the reader is not cut off');
      }
      socket.resume();
      await cut;
      assert.ok(socket.bytesRead < big.bytes.length, String(socket.bytesRead));
    }
  });

  test('a reader that is slow, but not too slow, gets all of it', async () => {
    const name = await download.repository();
    const whole = blob(randomBytes(6 * 1024 * 1024));
    await download.push(name, whole);
    const socket = connect({ port: download.port, host: '127.0.0.1' });
    await once(socket, 'connect');
    socket.write(
      headText('GET', `/v2/${name}/blobs/${whole.digest}`, {
        authorization: await login,
        connection: 'close',
      }),
    );
    let received = 0;
    socket.on('data', (chunk) => {
      received += chunk.length;
      socket.pause();
      setTimeout(() => socket.resume(), 15);
    });
    await once(socket, 'close');
    assert.ok(received > whole.bytes.length, String(received));
  });
});

/** Files of stored blobs that this process has open. */
async function files(): Promise<number> {
  const links = await Promise.all(
    (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  );
  return links.filter((link) => link.startsWith(download.dataDir) && link.includes('sha256')).length;
}
