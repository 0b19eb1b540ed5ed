// Blobs on their way out: whole, in ranges, by a signed address; and their deletion.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestOf } from '../../../src/shared/digest.ts';
import { blob, image } from '../../helpers/images.ts';
import { type OciServer, refused, startOciServer } from '../../helpers/oci-client.ts';

const HOUR = 3_600_000;
const state = { now: Date.now() };
let server: OciServer;
let repository: string;
const small = blob(randomBytes(2048));
const large = blob(randomBytes(3 * 1024 * 1024 + 17));
before(async () => {
  server = await startOciServer({ clock: { now: () => state.now } });
  repository = await server.repository();
  await server.push(repository, small);
  await server.push(repository, large);
});
after(() => server.close());

const pathOf = (digest: string) => `/v2/${repository}/blobs/${digest}`;

test('GET and HEAD tell the same about a blob', async () => {
  for (const { bytes, digest } of [small, large]) {
    for (const target of [pathOf(digest), pathOf(digest.replace(':', '%3A'))]) {
      const got = await server.send('GET', target);
      const head = await server.send('HEAD', target);
      for (const { status, headers } of [got, head]) {
        assert.equal(status, 200);
        assert.equal(headers['content-length'], String(bytes.length));
        assert.equal(headers['content-type'], 'application/octet-stream');
        assert.equal(headers['docker-content-digest'], digest);
        assert.equal(headers['accept-ranges'], 'bytes');
        assert.equal(headers.etag, `"${digest}"`);
      }
      assert.ok(got.body.equals(bytes));
      assert.equal(head.body.length, 0);
    }
  }
});

test('one range, in each form', async () => {
  for (const { bytes, digest } of [small, large]) {
    const size = bytes.length;
    for (const [range, from, to] of [
      ['bytes=0-0', 0, 1],
      ['bytes=0-1023', 0, 1024],
      ['bytes=1000-', 1000, size],
      ['bytes=-100', size - 100, size],
      [`bytes=-${size * 2}`, 0, size],
      ['bytes=2000-99999999', 2000, size],
      [`bytes=${size - 1}-${size - 1}`, size - 1, size],
    ] as const) {
      const got = await server.send('GET', pathOf(digest), { headers: { range } });
      assert.equal(got.status, 206, range);
      assert.equal(got.headers['content-range'], `bytes ${from}-${to - 1}/${size}`);
      assert.equal(got.headers['content-length'], String(to - from));
      assert.ok(got.body.equals(bytes.subarray(from, to)), range);
    }
    for (const range of [`bytes=${size}-`, `bytes=${size}-${size + 5}`, 'bytes=500-0', 'bytes=-0']) {
      const got = await server.send('GET', pathOf(digest), { headers: { range } });
      refused(got, 416, 'RANGE_INVALID');
      assert.equal(got.headers['content-range'], `bytes */${size}`);
    }
    for (const range of ['bytes=0-1,5-6', 'lines=0-1', 'bytes=a-b', 'bytes=-']) {
      const got = await server.send('GET', pathOf(digest), { headers: { range } });
      assert.equal(got.status, 200, range);
      assert.ok(got.body.equals(bytes));
    }
  }
});

test('conditions: what the client has is not sent again', async () => {
  const { digest, bytes } = small;
  for (const tag of [`"${digest}"`, digest, `W/"${digest}"`, `"other", "${digest}"`, '*']) {
    for (const method of ['GET', 'HEAD']) {
      const answer = await server.send(method, pathOf(digest), { headers: { 'if-none-match': tag } });
      assert.equal(answer.status, 304, tag);
      assert.equal(answer.body.length, 0);
    }
  }
  const changed = await server.send('GET', pathOf(digest), { headers: { 'if-none-match': '"other"' } });
  assert.equal(changed.status, 200);
  const part = { range: 'bytes=0-1', 'if-range': `"${digest}"` };
  assert.equal((await server.send('GET', pathOf(digest), { headers: part })).status, 206);
  const whole = await server.send('GET', pathOf(digest), { headers: { ...part, 'if-range': '"other"' } });
  assert.equal(whole.status, 200);
  assert.ok(whole.body.equals(bytes));
});

test('a blob is seen only in the repositories that hold it', async () => {
  const other = await server.repository();
  refused(await server.send('GET', `/v2/${other}/blobs/${small.digest}`), 404, 'BLOB_UNKNOWN');
  refused(await server.send('GET', `/v2/not/there/blobs/${small.digest}`), 404, 'NAME_UNKNOWN');
  assert.equal((await server.send('HEAD', `/v2/${other}/blobs/${small.digest}`)).status, 404);
  for (const bad of [
    'sha256:x',
    'x',
    `${small.digest}0`,
    small.digest.toUpperCase(),
    '..%2f..%2fcredentials',
  ]) {
    refused(await server.send('GET', pathOf(bad)), 400, 'DIGEST_INVALID');
  }
});

test('clients that go away in the middle of a download leave no open file', async () => {
  const openFiles = () => readdirSync('/proc/self/fd').length;
  const authorization = await server.login();
  const count = openFiles();
  await Promise.all(
    Array.from(
      { length: 20 },
      () =>
        new Promise<void>((resolve, reject) => {
          const sent = request(
            { host: '127.0.0.1', port: server.port, path: pathOf(large.digest), headers: { authorization } },
            (answer) => {
              answer.once('data', () => {
                answer.destroy();
                resolve();
              });
              answer.on('error', () => undefined);
            },
          );
          sent.on('error', reject);
          sent.end();
        }),
    ),
  );
  for (let tries = 0; openFiles() > count && tries < 100; tries += 1) await sleep(20);
  assert.ok(openFiles() <= count, `${openFiles()} open files, ${count} before`);
  const got = await server.send('GET', pathOf(large.digest));
  assert.ok(got.body.equals(large.bytes));
});

test('many downloads at a time do not mix', async () => {
  const blobs = Array.from({ length: 6 }, () => blob(randomBytes(1_500_000)));
  for (const each of blobs) await server.push(repository, each);
  const exact = await Promise.all(
    [...blobs, ...blobs, ...blobs].map(async ({ digest, bytes }) =>
      (await server.send('GET', pathOf(digest))).body.equals(bytes),
    ),
  );
  assert.ok(exact.every(Boolean));
});

test('a download URL opens its layer without a login, for an hour, and nothing else', async () => {
  const given = await server.ecr('GetDownloadUrlForLayer', {
    repositoryName: repository,
    layerDigest: large.digest,
  });
  assert.equal(given.status, 200);
  const url = new URL(String(given.body['downloadUrl']));
  const target = `${url.pathname}${url.search}`;
  const got = await server.send('GET', target, { login: false });
  assert.equal(got.status, 200);
  assert.ok(got.body.equals(large.bytes));
  assert.equal((await server.send('HEAD', target, { login: false })).status, 200);
  // A client that carries its login along is served too.
  assert.equal((await server.send('GET', target, { headers: { authorization: 'Basic eDp5' } })).status, 200);
  refused(await server.send('GET', `${pathOf(small.digest)}${url.search}`, { login: false }), 403, 'DENIED');
  refused(await server.send('DELETE', target, { login: false }), 401, 'UNAUTHORIZED');
  refused(
    await server.send('GET', `/v2/${repository}/tags/list${url.search}`, { login: false }),
    401,
    'UNAUTHORIZED',
  );
  const began = state.now;
  state.now += HOUR;
  assert.match(refused(await server.send('GET', target, { login: false }), 403, 'DENIED'), /expired/);
  state.now = began;
});

test('a layer is deleted from its repository, unless an image there has it', async () => {
  const doomed = blob(randomBytes(1000));
  const other = await server.repository();
  await server.push(repository, doomed);
  await server.push(other, doomed);
  assert.equal((await server.send('DELETE', pathOf(doomed.digest))).status, 202);
  assert.equal((await server.send('HEAD', pathOf(doomed.digest))).status, 404);
  refused(await server.send('DELETE', pathOf(doomed.digest)), 404, 'BLOB_UNKNOWN');
  assert.equal((await server.send('HEAD', `/v2/${other}/blobs/${doomed.digest}`)).status, 200);
  const { blobs, manifest } = image();
  await server.pushImage(repository, 'v1', { blobs, manifest });
  const [config] = blobs;
  assert.ok(config);
  refused(await server.send('DELETE', pathOf(config.digest)), 405, 'UNSUPPORTED');
  assert.equal((await server.send('HEAD', pathOf(config.digest))).status, 200);
  assert.equal(digestOf(config.bytes), config.digest);
});
