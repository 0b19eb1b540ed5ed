// Heads that no client sends: malformed, ambiguous, too large, or for something that is not spoken here. Each is
// refused in a form that the clients of every surface read, and none puts a connection out of step.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { blob } from '../../helpers/images.ts';
import { startOciServer } from '../../helpers/oci-client.ts';
import {
  headText,
  openConnection,
  type RawConnection,
  type RawHttpAnswer,
} from '../../helpers/raw-connection.ts';

const server = await startOciServer();
const authorization = await server.login();
after(() => server.close());

async function withConnection<T>(use: (connection: RawConnection) => Promise<T>): Promise<T> {
  const connection = await openConnection(server.port);
  try {
    return await use(connection);
  } finally {
    connection.destroy();
  }
}

/** The answer to the bytes, after which the server must close the connection. */
const lastAnswer = (text: string): Promise<RawHttpAnswer> =>
  withConnection(async (connection) => {
    connection.write(text);
    const answer = await connection.answer();
    await connection.closed();
    return answer ?? assert.fail('closed without an answer');
  });

function assertReadable(answer: RawHttpAnswer, status: number): void {
  assert.equal(answer.status, status, answer.body);
  assert.equal(answer.headers['content-type'], 'application/json');
  const body = JSON.parse(answer.body) as {
    __type: string;
    code: string;
    message: string;
    errors: { code: string; message: string }[];
  };
  assert.equal(answer.headers['x-amzn-errortype'], body.code);
  assert.equal(body.__type, body.code);
  assert.match(body.code, /Exception$/);
  assert.match(body.errors[0]?.code ?? '', /^(?:UNSUPPORTED|SIZE_INVALID)$/);
  assert.equal(body.errors[0]?.message, body.message);
  assert.match(answer.headers['x-request-id'] ?? '', /^[0-9a-f-]{36}$/);
}

const POST = 'POST /v2/ HTTP/1.1\r\nHost: a\r\n';
const GET = 'GET /v2/ HTTP/1.1\r\nHost: a\r\n';

describe('heads that could be read in two ways', () => {
  for (const [title, text, status] of [
    [
      'length and transfer coding',
      `${POST}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    [
      'transfer coding and length',
      `${POST}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['two lengths, the same', `${POST}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc`, 400],
    ['two lengths', `${POST}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`, 400],
    ['a list of lengths', `${POST}Content-Length: 3, 3\r\n\r\nabc`, 400],
    ['a length with a sign', `${POST}Content-Length: +3\r\n\r\nabc`, 400],
    ['a negative length', `${POST}Content-Length: -3\r\n\r\nabc`, 400],
    ['a length beyond 64 bits', `${POST}Content-Length: 99999999999999999999999\r\n\r\nabc`, 400],
    ['an unknown transfer coding', `${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, 501],
    ['chunked, but not last', `${POST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`, 400],
    ['a coding before chunked', `${POST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, 501],
    [
      'chunked twice',
      `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['a space before the colon', `${POST}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`, 400],
    [
      'chunked in HTTP/1.0',
      'POST /v2/ HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['a bare line feed after a header', 'GET /v2/ HTTP/1.1\r\nHost: a\nX: y\r\n\r\n', 400],
    ['a bare carriage return', 'GET /v2/ HTTP/1.1\r\nHost: a\rX: y\r\n\r\n', 400],
    ['a folded header', `${GET}X: y\r\n z\r\n\r\n`, 400],
    ['a space before the first header', 'GET /v2/ HTTP/1.1\r\n X: y\r\nHost: a\r\n\r\n', 400],
    ['a zero byte in a header', `${GET}X: y\0z\r\n\r\n`, 400],
    ['a byte above ASCII in the path', 'GET /\u00ff HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['two hosts', `${GET}Host: b\r\n\r\n`, 400],
    ['two logins', `${GET}Authorization: Basic a\r\nauthorization: Basic b\r\n\r\n`, 400],
    ['two content types', `${POST}Content-Type: a/b\r\nContent-Type: c/d\r\n\r\n`, 400],
    ['two targets', `${POST}X-Amz-Target: a\r\nx-amz-target: b\r\n\r\n`, 400],
    ['another version', 'GET /v2/ HTTP/1.2\r\nHost: a\r\n\r\n', 505],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['a bare line feed after the version', 'GET /v2/ HTTP/1.1\nHost: a\n\n', 505],
  ] as const) {
    test(title, async () => assertReadable(await lastAnswer(text), status));
  }

  test('a request without a host is refused', async () => {
    assert.equal((await lastAnswer('GET /v2/ HTTP/1.1\r\nConnection: close\r\n\r\n')).status, 400);
  });

  for (const [title, body] of [
    ['a chunk size that ends in a bare line feed', '3\nabc\n0\n\n'],
    ['a chunk size beyond 64 bits', 'fffffffffffffffff\r\nabc\r\n0\r\n\r\n'],
    ['a chunk size with a space', '3 \r\nabc\r\n0\r\n\r\n'],
    ['a chunk size with a sign', '-3\r\nabc\r\n0\r\n\r\n'],
    ['a chunk that is longer than its size', '3\r\nabcdef\r\n0\r\n\r\n'],
  ] as const) {
    test(`${title}: the upload is refused or cut, and can go on`, async () => {
      const location = await server.begin(await server.repository());
      await withConnection(async (connection) => {
        connection.write(
          headText('PATCH', location, { authorization, 'transfer-encoding': 'chunked' }) + body,
        );
        const answer = await connection.answer();
        if (answer !== undefined) assertReadable(answer, 400);
        await connection.closed();
      });
      const deadline = Date.now() + 10_000;
      for (;;) {
        const answer = await server.send('PATCH', location, { body: 'x' });
        if (answer.status === 202) break;
        assert.ok(answer.status === 409 && Date.now() < deadline, answer.body.toString());
      }
    });
  }
});

describe('heads that are too large', () => {
  const long = 'a'.repeat(20_000);
  for (const [title, text, status] of [
    ['a path beyond the size of a head', `GET /v2/${long} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
    ['a query beyond the size of a head', `GET /v2/?${long} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
    ['a path of 8193 bytes', `GET /v2/${'a'.repeat(8189)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
    ['a header of 20,000 bytes', `${GET}X: ${long}\r\n\r\n`, 431],
    ['a header name of 20,000 bytes', `${GET}${long}: x\r\n\r\n`, 431],
    ['a login of 20,000 bytes', `${GET}Authorization: Basic ${long}\r\n\r\n`, 431],
    ['a thousand values of Accept', `${GET}${'Accept: application/json\r\n'.repeat(1000)}\r\n`, 431],
    ['101 headers', `${GET}${'X: y\r\n'.repeat(100)}\r\n`, 431],
    ['3000 short headers', `${GET}${'a:\r\n'.repeat(3000)}\r\n`, 431],
  ] as const) {
    test(title, async () => assertReadable(await lastAnswer(text), status));
  }

  test('what is just within the limits is heard', async () => {
    const connection = await openConnection(server.port);
    connection.write(`${GET}Authorization: ${authorization}\r\n${'X: y\r\n'.repeat(98)}\r\n`);
    assert.equal((await connection.answer())?.status, 200);
    connection.write(headText('GET', `/v2/?${'a'.repeat(8000)}`, { authorization }));
    assert.equal((await connection.answer())?.status, 200);
    connection.destroy();
  });

  test('a thousand tags in one push', async () => {
    const name = await server.repository();
    const target = (count: number) =>
      `/v2/${name}/manifests/sha256:${'0'.repeat(64)}?${Array.from({ length: count }, (_, at) => `tag=t${at}`).join('&')}`;
    assert.equal((await server.send('PUT', target(101), { body: '{}' })).status, 414);
    assert.equal((await server.send('PUT', target(1000), { body: '{}' })).status, 414);
    assert.equal((await lastAnswer(headText('PUT', target(5000), { authorization }))).status, 414);
  });

  test('trailers and chunk extensions count too', async () => {
    const name = await server.repository();
    for (const [body, status] of [
      [`1;${'e'.repeat(20_000)}\r\nx\r\n0\r\n\r\n`, 413],
      [`1\r\nx\r\n0\r\n${'X: y\r\n'.repeat(5000)}\r\n`, 431],
    ] as const) {
      const headers = { authorization, 'transfer-encoding': 'chunked' };
      const head = headText('PATCH', await server.begin(name), headers);
      assertReadable(await lastAnswer(head + body), status);
    }
  });
});

describe('what is not spoken here', () => {
  test('CONNECT is refused', async () => {
    assertReadable(await lastAnswer('CONNECT evil.example:443 HTTP/1.1\r\nHost: a\r\n\r\n'), 405);
  });

  test('an upgrade is not taken, the request is answered', async () => {
    await withConnection(async (connection) => {
      const upgrade = { authorization, connection: 'upgrade, HTTP2-Settings', upgrade: 'h2c' };
      connection.write(headText('GET', '/v2/', upgrade));
      assert.equal((await connection.answer())?.status, 200);
    });
  });

  for (const method of ['TRACE', 'OPTIONS', 'PROPFIND', 'PATCH', 'QUERY']) {
    test(`${method} is refused on every surface, and echoes nothing`, async () => {
      for (const target of ['/v2/', '/', '/signing-profiles', '/healthz', '/trust/000000000000/root.pem']) {
        await withConnection(async (connection) => {
          connection.write(headText(method, target, { authorization, 'x-secret': 'do-not-echo' }));
          const answer = (await connection.answer()) ?? assert.fail(target);
          assert.ok([404, 405].includes(answer.status), `${target} ${answer.status}`);
          assert.ok(!answer.body.includes('do-not-echo'));
        });
      }
    });
  }

  test('targets that are no path', async () => {
    for (const target of ['*', 'http://evil.example/v2/', 'v2/', '//v2/', '/v2/../v2/', '/%76%32/']) {
      await withConnection(async (connection) => {
        connection.write(headText(target === '*' ? 'OPTIONS' : 'GET', target, { authorization }));
        const answer = await connection.answer();
        assert.ok(answer !== undefined && [400, 404, 405].includes(answer.status), target);
      });
    }
  });
});

describe('Expect', () => {
  test('a body is asked for when somebody reads it', async () => {
    const location = await server.begin(await server.repository());
    await withConnection(async (connection) => {
      const headers = { authorization, expect: '100-continue', 'content-length': 3 };
      connection.write(headText('PATCH', location, headers));
      assert.equal((await connection.answer())?.status, 100);
      connection.write('abc');
      assert.equal((await connection.answer())?.status, 202);
      connection.write(headText('GET', '/v2/', { authorization }));
      assert.equal((await connection.answer())?.status, 200);
    });
  });

  test('who is refused is not asked for a body, and the connection ends', async () => {
    const headers = { expect: '100-continue', 'content-length': 1_000_000_000 };
    const answer = await lastAnswer(headText('PATCH', '/v2/a/blobs/uploads/b', headers));
    assert.equal(answer.status, 401);
    const call = { ...headers, 'content-type': 'application/x-amz-json-1.1' };
    assert.equal((await lastAnswer(headText('POST', '/', call))).status, 404);
  });

  test('any other expectation is refused', async () => {
    for (const expect of ['200-ok', '100-continue, 200-ok', 'x'.repeat(5000)]) {
      assertReadable(await lastAnswer(headText('GET', '/v2/', { authorization, expect })), 417);
    }
  });
});

describe('requests sent ahead', () => {
  test('are answered one after the other, in their order', async () => {
    const location = await server.begin(await server.repository());
    await withConnection(async (connection) => {
      const patch = (body: string) =>
        headText('PATCH', location, { authorization, 'content-length': body.length }) + body;
      connection.write(patch('abc') + patch('def') + headText('GET', location, { authorization }));
      // Together they would be a conflict; one after the other they are six bytes.
      const answers = [await connection.answer(), await connection.answer(), await connection.answer()];
      assert.deepEqual(
        answers.map((answer) => [answer?.status, answer?.headers['range']]),
        [
          [202, '0-2'],
          [202, '0-5'],
          [204, '0-5'],
        ],
      );
    });
  });

  test('ten thousand of them end the connection', async () => {
    await withConnection(async (connection) => {
      connection.write(headText('GET', '/v2/_catalog', { authorization }).repeat(10_000));
      await connection.closed();
    });
    assert.equal((await server.send('GET', '/v2/')).status, 200);
  });

  test('a request behind one that ends the connection is not heard', async () => {
    const location = await server.begin(await server.repository());
    await withConnection(async (connection) => {
      const last = headText('GET', '/v2/', { authorization, connection: 'close' });
      connection.write(last + headText('DELETE', location, { authorization }));
      assert.equal((await connection.answer())?.status, 200);
      assert.equal(await connection.answer(), undefined);
    });
    assert.equal((await server.send('GET', location)).status, 204);
  });
});

describe('odd values that are no fault', () => {
  test('several or huge ranges are answered with the whole blob', async () => {
    const name = await server.repository();
    const { digest, bytes } = blob(Buffer.from('0123456789'));
    await server.push(name, { digest, bytes });
    const many = Array.from({ length: 1000 }, (_, at) => `${at}-${at}`).join(',');
    for (const range of [
      'bytes=0-1,3-4',
      `bytes=${many}`,
      'lines=1-2',
      'bytes=x-y',
      `bytes=0-${'9'.repeat(400)}`,
    ]) {
      const answer = await server.send('GET', `/v2/${name}/blobs/${digest}`, { headers: { range } });
      assert.deepEqual([answer.status, answer.body.toString()], [200, '0123456789'], range.slice(0, 40));
    }
    const beyond = await server.send('GET', `/v2/${name}/blobs/${digest}`, {
      headers: { range: 'bytes=999999999999999-' },
    });
    assert.equal(beyond.status, 416);
  });

  test('a page is never larger than a thousand, whatever is asked for', async () => {
    assert.equal((await server.send('GET', '/v2/_catalog?n=999999999')).status, 200);
    for (const n of ['9999999999', '-1', '1e9', '0x10', '', ' 5', '9'.repeat(5000)]) {
      assert.equal(
        (await server.send('GET', `/v2/_catalog?n=${encodeURIComponent(n)}`)).status,
        400,
        n.slice(0, 20),
      );
    }
  });
});
