// What an operator finds in the log about a request: containerd and others keep a refusal's text from their users.
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { pino } from 'pino';
import { refused, startOciServer } from '../helpers/oci-client.ts';

interface Line {
  readonly requestId?: string;
  readonly status?: number;
  readonly error?: string;
  readonly reason?: string;
}

test('a refusal is logged with the reason that the client was told, and with no secret of the request', async () => {
  const text: string[] = [];
  const sink = new Writable({
    write(part: Buffer, _encoding, done) {
      text.push(part.toString('utf8'));
      done();
    },
  });
  const server = await startOciServer({ log: pino(sink) });
  try {
    const password = await server.login();
    const uploads = '/v2/not/there/blobs/uploads/';
    const absent = await server.send('POST', uploads);
    const aws = await server.ecr('DescribeImages', { repositoryName: 'not/there' });
    const long = await server.send('GET', '/v2/not/there/tags/list?n=x', {
      headers: { authorization: `Basic ${'A'.repeat(4000)}` },
    });
    refused(long, 401, 'UNAUTHORIZED');
    const told = refused(absent, 404, 'NAME_UNKNOWN');
    assert.equal(aws.status, 400);
    await server.close();

    const lines = text
      .join('')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    const line = lines.find(({ requestId }) => requestId === absent.headers['x-request-id']);
    assert.equal(line?.status, 404);
    assert.equal(line.error, 'NAME_UNKNOWN');
    assert.equal(line.reason, told);
    assert.ok(lines.some(({ error, reason }) => error === 'RepositoryNotFoundException' && reason === told));
    for (const { reason = '' } of lines) assert.ok(reason.length <= 512);
    assert.ok(!text.join('').includes('A'.repeat(100)));
    assert.ok(!text.join('').includes(password.slice('Basic '.length)));
  } finally {
    await server.close();
  }
});
