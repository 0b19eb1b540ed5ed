// What an upload tells, takes and survives; push-ways.test.ts has every way to push a blob.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestOf } from '../../../src/shared/digest.ts';
import { blob } from '../../helpers/images.ts';
import { type OciServer, refused, startOciServer } from '../../helpers/oci-client.ts';

let server: OciServer;
let repository: string;
before(async () => {
  server = await startOciServer();
  repository = await server.repository();
});
after(() => server.close());

async function expectBlob(bytes: Uint8Array, digest: string = digestOf(bytes), of = repository) {
  const got = await server.send('GET', `/v2/${of}/blobs/${digest}`);
  assert.equal(got.status, 200, got.body.toString().slice(0, 500));
  assert.ok(got.body.equals(bytes));
}

test('POST, PATCH, PUT: one stream of unknown length, the digest at the end', async () => {
  const bytes = randomBytes(3_333_333);
  const begun = await server.send('POST', `/v2/${repository}/blobs/uploads/`);
  assert.equal(begun.status, 202);
  assert.equal(begun.headers.range, '0-0');
  const location = String(begun.headers.location);
  assert.ok(location.startsWith(`/v2/${repository}/blobs/uploads/`));
  assert.ok(location.endsWith(String(begun.headers['docker-upload-uuid'])));
  const patched = await server.send('PATCH', location, {
    body: [bytes.subarray(0, 10), bytes.subarray(10, 1_000_000), bytes.subarray(1_000_000)],
  });
  assert.equal(patched.status, 202);
  assert.equal(patched.headers.range, `0-${bytes.length - 1}`);
  const digest = digestOf(bytes);
  const put = await server.send(
    'PUT',
    `${String(patched.headers.location)}?digest=${encodeURIComponent(digest)}`,
  );
  assert.equal(put.status, 201);
  assert.equal(put.headers.location, `/v2/${repository}/blobs/${digest}`);
  assert.equal(put.headers['docker-content-digest'], digest);
  await expectBlob(bytes);
  refused(await server.send('GET', location), 404, 'BLOB_UPLOAD_UNKNOWN');
});

test('chunks with Content-Range, the last one in the PUT', async () => {
  const bytes = randomBytes(25_000);
  let location = await server.begin(repository);
  for (const [from, to] of [
    [0, 10_000],
    [10_000, 20_000],
  ] as const) {
    const answer = await server.send('PATCH', location, {
      body: bytes.subarray(from, to),
      headers: { 'content-range': `${from}-${to - 1}` },
    });
    assert.equal(answer.status, 202);
    assert.equal(answer.headers.range, `0-${to - 1}`);
    location = String(answer.headers.location);
  }
  const asked = await server.send('GET', location);
  assert.equal(asked.status, 204);
  assert.equal(asked.headers.range, '0-19999');
  const put = await server.send('PUT', `${location}?digest=${digestOf(bytes)}`, {
    body: bytes.subarray(20_000),
    headers: { 'content-range': '20000-24999' },
  });
  assert.equal(put.status, 201);
  await expectBlob(bytes);
});

test('a chunk out of order is 416 and tells where to go on; the upload lives', async () => {
  const bytes = randomBytes(3000);
  const location = await server.begin(repository);
  const send = (method: string, from: number, to: number, query = '') =>
    server.send(method, `${location}${query}`, {
      body: bytes.subarray(from, to),
      headers: { 'content-range': `${from}-${to - 1}` },
    });
  refused(await send('PATCH', 1000, 2000), 416, 'RANGE_INVALID');
  assert.equal((await send('PATCH', 0, 1000)).status, 202);
  const again = await send('PATCH', 0, 1000);
  refused(again, 416, 'RANGE_INVALID');
  assert.equal(again.headers.range, '0-999');
  assert.equal(again.headers.location, location);
  refused(await send('PUT', 2000, 3000, `?digest=${digestOf(bytes)}`), 416, 'RANGE_INVALID');
  assert.equal((await send('PATCH', 1000, 2000)).status, 202);
  assert.equal((await send('PUT', 2000, 3000, `?digest=${digestOf(bytes)}`)).status, 201);
  await expectBlob(bytes);
});

test('a Content-Range that says nothing or the wrong thing', async () => {
  const location = await server.begin(repository);
  for (const range of ['x', '5-2', '-5', 'bytes', '1-', '0-9999999999999999999']) {
    refused(
      await server.send('PATCH', location, { body: 'abc', headers: { 'content-range': range } }),
      416,
      'RANGE_INVALID',
    );
  }
  refused(
    await server.send('PATCH', location, { body: 'abc', headers: { 'content-range': '0-9' } }),
    400,
    'SIZE_INVALID',
  );
  const courtesy = { 'content-range': 'bytes 0-2/3' };
  assert.equal((await server.send('PATCH', location, { body: 'abc', headers: courtesy })).status, 202);
});

test('sha512: announced, or told at the end only', async () => {
  for (const query of ['?digest-algorithm=sha512', '']) {
    const bytes = randomBytes(200_000);
    const digest = digestOf(bytes, 'sha512');
    const location = await server.begin(repository, query);
    assert.equal((await server.send('PATCH', location, { body: bytes })).status, 202);
    const put = await server.send('PUT', `${location}?digest=${digest}`);
    assert.equal(put.status, 201);
    assert.equal(put.headers['docker-content-digest'], digest);
    await expectBlob(bytes, digest);
  }
  refused(
    await server.send('POST', `/v2/${repository}/blobs/uploads/?digest-algorithm=md5`),
    400,
    'DIGEST_INVALID',
  );
});

test('a wrong digest ends the upload and leaves nothing', async () => {
  const bytes = randomBytes(5000);
  const wrong = digestOf(randomBytes(10));
  const location = await server.begin(repository);
  const put = await server.send('PUT', `${location}?digest=${wrong}`, { body: bytes });
  assert.match(refused(put, 400, 'DIGEST_INVALID'), new RegExp(`${digestOf(bytes)}.*${wrong}`));
  refused(await server.send('GET', location), 404, 'BLOB_UPLOAD_UNKNOWN');
  for (const digest of [wrong, digestOf(bytes)]) {
    refused(await server.send('GET', `/v2/${repository}/blobs/${digest}`), 404, 'BLOB_UNKNOWN');
  }
  const posted = await server.send('POST', `/v2/${repository}/blobs/uploads/?digest=${wrong}`, {
    body: bytes,
  });
  refused(posted, 400, 'DIGEST_INVALID');
});

test('a missing or malformed digest keeps the upload', async () => {
  const bytes = randomBytes(500);
  const location = await server.begin(repository);
  assert.equal((await server.send('PATCH', location, { body: bytes })).status, 202);
  for (const query of [
    '',
    '?digest=',
    '?digest=sha256:short',
    '?digest=md5:d41d8cd98f00b204e9800998ecf8427e',
    `?digest=${digestOf(bytes).toUpperCase()}`,
    '?digest=sha256:../../etc/passwd',
  ]) {
    refused(await server.send('PUT', `${location}${query}`), 400, 'DIGEST_INVALID');
  }
  assert.equal((await server.send('PUT', `${location}?digest=${digestOf(bytes)}`)).status, 201);
});

test('an upload is cancelled, and is of its own repository only', async () => {
  const location = await server.begin(repository);
  await server.send('PATCH', location, { body: 'abc' });
  const other = await server.repository();
  const id = location.split('/').at(-1) ?? '';
  refused(await server.send('GET', `/v2/${other}/blobs/uploads/${id}`), 404, 'BLOB_UPLOAD_UNKNOWN');
  refused(await server.send('DELETE', `/v2/${other}/blobs/uploads/${id}`), 404, 'BLOB_UPLOAD_UNKNOWN');
  assert.equal((await server.send('DELETE', location)).status, 204);
  refused(await server.send('PATCH', location, { body: 'x' }), 404, 'BLOB_UPLOAD_UNKNOWN');
  refused(await server.send('DELETE', location), 404, 'BLOB_UPLOAD_UNKNOWN');
  for (const bad of ['x', '..', '..%2f..%2fcredentials', '00000000-0000-0000-0000-000000000000']) {
    refused(await server.send('GET', `/v2/${repository}/blobs/uploads/${bad}`), 404, 'BLOB_UPLOAD_UNKNOWN');
  }
  assert.ok(!(await readdir(join(server.dataDir, 'uploads'))).includes(id));
});

test('no repository, no upload', async () => {
  const answer = await server.send('POST', '/v2/not/there/blobs/uploads/');
  assert.equal(
    refused(answer, 404, 'NAME_UNKNOWN'),
    `The repository with name 'not/there' does not exist in the registry with id '${server.accountId}'`,
  );
});

test('mounting: from a repository, from any, from none', async () => {
  const target = await server.repository();
  const one = blob(randomBytes(2000));
  const two = blob(randomBytes(2000));
  await server.push(repository, one);
  await server.push(repository, two);
  const post = (query: string) => server.send('POST', `/v2/${target}/blobs/uploads/?${query}`);
  const mounted = await post(`mount=${one.digest}&from=${repository}`);
  assert.equal(mounted.status, 201);
  assert.equal(mounted.headers.location, `/v2/${target}/blobs/${one.digest}`);
  await expectBlob(one.bytes, one.digest, target);
  assert.equal((await post(`mount=${encodeURIComponent(two.digest)}`)).status, 201);
  await expectBlob(two.bytes, two.digest, target);
  const missing = digestOf(randomBytes(8));
  for (const query of [
    `mount=${missing}&from=${repository}`,
    `mount=${missing}`,
    `mount=${one.digest}&from=not/there`,
    `mount=${one.digest}&from=../..`,
  ]) {
    const begun = await post(query);
    assert.equal(begun.status, 202, query);
    assert.ok(begun.headers.location !== undefined);
  }
  refused(await post('mount=sha256:x'), 400, 'DIGEST_INVALID');
});

test('the same blob in parallel: all succeed, one copy', async () => {
  const bytes = randomBytes(700_000);
  await Promise.all(Array.from({ length: 8 }, () => server.push(repository, blob(bytes))));
  await expectBlob(bytes);
});

test('two writers of one upload: the second is told so', async () => {
  const location = await server.begin(repository);
  const { hostname, port } = new URL(server.url);
  const slow = connect(Number(port), hostname);
  slow.on('error', () => undefined);
  slow.write(
    `PATCH ${location} HTTP/1.1\r\nHost: x\r\nAuthorization: ${await server.login()}\r\nContent-Length: 1000\r\n\r\nabc`,
  );
  // The file is there once the first request has the upload.
  const id = location.split('/').at(-1) ?? '';
  const hasBegun = async () => (await readdir(join(server.dataDir, 'uploads'))).includes(id);
  for (let tries = 0; !(await hasBegun()) && tries < 100; tries += 1) await sleep(20);
  for (const method of ['PATCH', 'DELETE']) {
    refused(await server.send(method, location, { body: 'xyz' }), 409, 'BLOB_UPLOAD_INVALID');
  }
  refused(
    await server.send('PUT', `${location}?digest=${digestOf(Buffer.from('xyz'))}`, { body: 'xyz' }),
    409,
    'BLOB_UPLOAD_INVALID',
  );
  slow.destroy();
});

test('a client that goes away in the middle of a PATCH goes on where it was', async () => {
  const bytes = randomBytes(400_000);
  const location = await server.begin(repository);
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write(
    `PATCH ${location} HTTP/1.1\r\nHost: x\r\nAuthorization: ${await server.login()}\r\nContent-Length: ${bytes.length}\r\n\r\n`,
  );
  socket.write(bytes.subarray(0, 150_000));
  await sleep(200);
  socket.destroy();
  let received = 0;
  for (let tries = 0; tries < 100; tries += 1) {
    const asked = await server.send('GET', location);
    assert.equal(asked.status, 204);
    received = Number(/^0-(\d+)$/.exec(String(asked.headers.range))?.[1]) + 1;
    if (received > 1) break;
    await sleep(20);
  }
  assert.equal(received, 150_000);
  const rest = await server.send('PATCH', location, {
    body: bytes.subarray(received),
    headers: { 'content-range': `${received}-${bytes.length - 1}` },
  });
  assert.equal(rest.status, 202);
  assert.equal((await server.send('PUT', `${location}?digest=${digestOf(bytes)}`)).status, 201);
  await expectBlob(bytes);
});

test('an upload and a login go on after a restart of the server', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'sealport-restart-'));
  const bytes = randomBytes(300_000);
  const first = await startOciServer({ dataDir });
  const name = await first.repository();
  const authorization = await first.login();
  const location = await first.begin(name);
  assert.equal((await first.send('PATCH', location, { body: bytes.subarray(0, 100_000) })).status, 202);
  await first.close();
  const second = await startOciServer({ dataDir });
  try {
    const patched = await second.send('PATCH', location, {
      body: bytes.subarray(100_000),
      headers: { authorization },
    });
    assert.equal(patched.status, 202);
    assert.equal((await second.send('PUT', `${location}?digest=${digestOf(bytes)}`)).status, 201);
    const got = await second.send('GET', `/v2/${name}/blobs/${digestOf(bytes)}`);
    assert.ok(got.body.equals(bytes));
  } finally {
    await second.close();
    await rm(dataDir, { recursive: true });
  }
});

test('200 uploads at a time, in parts of any size, are all stored as they were sent', async () => {
  const blobs = Array.from({ length: 200 }, (_, at) => blob(randomBytes(200_000 + at * 1000)));
  await Promise.all(
    blobs.map(async ({ bytes, digest }) => {
      const location = await server.begin(repository);
      const middle = 1 + (bytes.length >> 1);
      const patched = await server.send('PATCH', location, {
        body: [bytes.subarray(0, 7), bytes.subarray(7, middle)],
      });
      assert.equal(patched.status, 202);
      const put = await server.send('PUT', `${String(patched.headers.location)}?digest=${digest}`, {
        body: bytes.subarray(middle),
      });
      assert.equal(put.status, 201, put.body.toString());
    }),
  );
  for (const { bytes, digest } of blobs) await expectBlob(bytes, digest);
});
