// Bodies that nobody wants, that never end, or that together are more than there is memory for. What follows on the
// same connection is read from where it begins.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { signRequest } from '../../../src/http/auth/sigv4-canonical.ts';
import { ecrHeaders, makeRawClient } from '../../helpers/aws-request.ts';
import { refused, startOciServer } from '../../helpers/oci-client.ts';
import { headText, openConnection } from '../../helpers/raw-connection.ts';

const MIB = 1024 * 1024;
const server = await startOciServer({ limits: { bodyMemoryBytes: 8 * MIB } });
const aws = makeRawClient({ url: `http://127.0.0.1:${server.port}`, credentials: server.credentials });
const authorization = await server.login();
after(async () => {
  aws.close();
  await server.close();
});

const call = { 'content-type': 'application/x-amz-json-1.1' };
const smuggled = headText('DELETE', '/v2/smuggled', { authorization });

describe('a refused body is passed over', () => {
  for (const [title, method, target, headers, status] of [
    ['without a login', 'PATCH', '/v2/none/blobs/uploads/b', {}, 401],
    ['of a path that is nobody’s', 'POST', '/nothing', {}, 404],
    ['of a method that is not offered', 'POST', '/v2/', { authorization }, 405],
    ['of a question for health', 'POST', '/healthz', {}, 405],
    ['of trust material', 'POST', '/trust/123456789012/root.pem', {}, 405],
    ['of an upload that does not exist', 'PATCH', '/v2/none/blobs/uploads/b', { authorization }, 404],
    ['of a manifest with a bad tag', 'PUT', '/v2/none/manifests/-', { authorization }, 400],
    ['of an unsigned call', 'POST', '/', { ...call, ...ecrHeaders('DescribeRegistry') }, 403],
    ['of an unknown operation', 'POST', '/', call, 404],
    ['of an unsigned call of Signer', 'PUT', '/signing-profiles/a', {}, 403],
    ['of a download', 'GET', '/v2/_catalog', { authorization }, 200],
  ] as const) {
    for (const chunked of [false, true]) {
      test(`${title}${chunked ? ', in chunks' : ''}`, async () => {
        // The body looks like requests: whoever loses count answers those.
        const body = smuggled.repeat(2000);
        const length = chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': body.length };
        const connection = await openConnection(server.port);
        connection.write(headText(method, target, { ...headers, ...length }));
        connection.write(chunked ? `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n` : body);
        assert.equal((await connection.answer())?.status, status);
        connection.write(headText('GET', '/healthz'));
        const next = await connection.answer();
        assert.deepEqual([next?.status, next?.body], [200, '{"status":"ok"}']);
        connection.destroy();
      });
    }
  }

  test('but not for ever: a body without an end is cut off', async () => {
    for (const target of ['/nothing', '/healthz', '/v2/', '/trust/x']) {
      const connection = await openConnection(server.port);
      connection.write(headText('POST', target, { 'transfer-encoding': 'chunked' }));
      const chunk = `100000\r\n${'x'.repeat(MIB)}\r\n`;
      let sent = 0;
      while (!connection.socket.destroyed) {
        sent += 1;
        if (connection.socket.write(chunk)) continue;
        await Promise.race([
          new Promise((resolve) => {
            connection.socket.once('drain', resolve);
          }),
          connection.closed(),
        ]);
        assert.ok(sent < 600, 'more than 600 MiB are read');
      }
      assert.ok(((await connection.answer())?.status ?? 0) >= 400);
    }
  });
});

describe('bodies in memory', () => {
  const partHead = (length: number) =>
    headText('POST', '/', {
      ...signRequest({
        method: 'POST',
        target: '/',
        headers: { host: 'localhost', ...ecrHeaders('UploadLayerPart') },
        body: Buffer.alloc(0),
        ...server.credentials,
        region: 'us-east-1',
        service: 'ecr',
        now: Date.now(),
      }),
      'content-length': length,
    });
  const part = (bytes: number) =>
    JSON.stringify({
      repositoryName: 'none',
      uploadId: '00000000-0000-0000-0000-000000000000',
      partFirstByte: 0,
      partLastByte: bytes - 1,
      layerPartBlob: Buffer.alloc(bytes).toString('base64'),
    });

  test('have a limit together: more is refused for now, small ones get through, and the memory comes back', async () => {
    const holders = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const connection = await openConnection(server.port);
        connection.write(partHead(20 * MIB));
        connection.write(' '.repeat(2 * MIB));
        return connection;
      }),
    );
    // Four times 2 MiB fit; whoever comes later is refused.
    const answer = await Promise.any(holders.map((holder) => holder.answer()));
    assert.equal(answer?.status, 400, answer?.body);
    assert.match(answer.body, /"__type":"ThrottlingException".*Too many large requests/);

    const small = await aws.send({ service: 'ecr', headers: ecrHeaders('DescribeRegistry'), body: '{}' });
    assert.equal(small.status, 200);
    const manifest = await server.send('PUT', '/v2/none/manifests/v1', { body: `{}${' '.repeat(3 * MIB)}` });
    refused(manifest, 429, 'TOOMANYREQUESTS');
    assert.equal(manifest.headers['retry-after'], '1');

    for (const holder of holders) holder.destroy();
    const deadline = Date.now() + 10_000;
    for (;;) {
      const large = await aws.send({
        service: 'ecr',
        headers: ecrHeaders('UploadLayerPart'),
        body: part(5 * MIB),
      });
      assert.equal(large.status, 400);
      if (large.text.includes('RepositoryNotFoundException')) break;
      assert.ok(Date.now() < deadline, large.text);
    }
  });

  test('a manifest above 4 MiB is refused in the form of the distribution API', async () => {
    const name = await server.repository();
    const target = `/v2/${name}/manifests/v1`;
    const body = Buffer.alloc(4 * MIB + 1, 0x20);
    refused(await server.send('PUT', target, { body }), 413, 'SIZE_INVALID');
    const parts = [body.subarray(0, MIB), body.subarray(MIB)];
    refused(await server.send('PUT', target, { body: parts }), 413, 'SIZE_INVALID');
  });

  test('JSON that is too deep or has too many values is refused before it is parsed', async () => {
    const name = await server.repository();
    const deep = `{"schemaVersion":2,"x":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    const wide = `{"schemaVersion":2,"x":[${'[],'.repeat(1_000_000)}0]}`;
    for (const body of [deep, wide]) {
      const answer = await server.send('PUT', `/v2/${name}/manifests/v1`, { body });
      assert.match(refused(answer, 400, 'MANIFEST_INVALID'), /at most \d+ (?:levels|values)/);
      const described = await aws.send({
        service: 'ecr',
        headers: ecrHeaders('DescribeRegistry'),
        body: body.slice(0, 900_000),
      });
      assert.equal(described.status, 400);
      assert.match(described.text, /SerializationException.*(?:depth|number of values) of \d+ at most/);
      const profile = { service: 'signer', method: 'PUT', target: '/signing-profiles/p1' } as const;
      const put = await aws.send({ ...profile, body: body.slice(0, 200_000) });
      assert.equal(put.status, 400);
      assert.equal(put.headers['x-amzn-errortype'], 'SerializationException');
    }
  });
});
