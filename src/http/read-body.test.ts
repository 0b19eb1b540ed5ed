import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { makeBodyMemory, readBody } from './read-body.ts';

const LIMIT = 10;
const rules = { pace: { bytesPerSecond: 1000, paceMs: 100 }, memory: makeBodyMemory(1024) };
const server = createServer((request, response) => {
  readBody(request, LIMIT, rules).then(
    (body) => response.end(`read ${body.bytes.toString()}`),
    (error: Error) => response.end(error.name),
  );
});
await new Promise<void>((resolve) => {
  server.listen(0, '127.0.0.1', resolve);
});
after(() => {
  server.closeAllConnections();
  server.close();
});

/** Sends the bytes of a request and reads until the answer's body is there. */
async function exchange(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  let answer = '';
  while (!/\r\n\r\n.+/s.test(answer)) answer += String((await once(socket, 'data'))[0]);
  return answer.slice(answer.indexOf('\r\n\r\n') + 4);
}

async function send(...parts: readonly string[]): Promise<string> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  try {
    return await exchange(socket, `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${parts.join('')}`);
  } finally {
    socket.destroy();
  }
}

test('gives the body up to the limit', async () => {
  assert.match(await send('Content-Length: 10\r\n\r\n0123456789'), /read 0123456789/);
  assert.match(
    await send('Transfer-Encoding: chunked\r\n\r\n', '3\r\nabc\r\n', '2\r\nde\r\n', '0\r\n\r\n'),
    /read abcde/,
  );
});

test('refuses more, by the length that is told and by the bytes that come', async () => {
  assert.match(await send('Content-Length: 11\r\n\r\n'), /BodyTooLargeError/);
  assert.match(await send('Transfer-Encoding: chunked\r\n\r\n', 'b\r\n0123456789a\r\n'), /BodyTooLargeError/);
});

test('does not wait for a body that never ends', async () => {
  assert.match(await send('Content-Length: 10\r\n\r\n012'), /BodyTimeoutError/);
  assert.match(await send('Transfer-Encoding: chunked\r\n\r\n', '1\r\na\r\n'), /BodyTimeoutError/);
});
