// Layers that were pulled a short while ago: the kernel sends them from memory, past the streams of the connection. What
// arrives, in which order, and what is counted is the same as ever.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestOf } from '../../../src/shared/digest.ts';
import { blob } from '../../helpers/images.ts';
import { type OciServer, startOciServer } from '../../helpers/oci-client.ts';
import { headText } from '../../helpers/raw-connection.ts';
import { settled } from '../../helpers/settled.ts';

const MIB = 1024 * 1024;
const large = blob(randomBytes(24 * MIB + 17));
const other = blob(randomBytes(5 * MIB + 1));
let server: OciServer;
let repository: string;
let authorization: string;
const pathOf = (digest: string) => `/v2/${repository}/blobs/${digest}`;

before(async () => {
  server = await startOciServer();
  repository = await server.repository();
  authorization = await server.login();
  for (const each of [large, other]) {
    await server.push(repository, each);
    assert.equal(digestOf((await server.send('GET', pathOf(each.digest))).body), each.digest);
  }
});
after(() => server.close());

/** Bytes that the server says it has sent in answers of the registry. */
async function sentBytes(): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const counted = /sealport_sent_bytes_total\{surface="oci"\} (\d+)/.exec(text)?.[1];
  assert.ok(counted !== undefined, text);
  return Number(counted);
}

test('many clients at once get every byte, whole and in ranges', async () => {
  const whole = Array.from({ length: 8 }, async (_, at) => {
    const wanted = at % 2 === 0 ? large : other;
    const got = await server.send('GET', pathOf(wanted.digest));
    assert.equal(digestOf(got.body), wanted.digest);
  });
  const ranges = Array.from({ length: 8 }, async (_, at) => {
    const from = at * 1_234_567;
    const to = from + 9_876_543;
    const headers = { range: `bytes=${from}-${to - 1}` };
    const got = await server.send('GET', pathOf(large.digest), { headers });
    assert.ok(got.body.equals(large.bytes.subarray(from, to)));
  });
  await Promise.all([...whole, ...ranges]);
});

test('answers keep their order on one connection, and their bytes are counted', async () => {
  const before = await settled(sentBytes);
  const socket = connect({ port: server.port, host: '127.0.0.1' });
  const targets = [large, other, large];
  for (const { digest } of targets) socket.write(headText('GET', pathOf(digest), { authorization }));
  const expected = targets.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of socket) {
    parts.push(part as Buffer);
    length += (part as Buffer).length;
    if (length > expected && bodiesOf(Buffer.concat(parts)).length === targets.length) break;
  }
  const received = Buffer.concat(parts);
  assert.deepEqual(
    bodiesOf(received).map((body) => digestOf(body)),
    targets.map(({ digest }) => digest),
  );
  assert.equal((await settled(sentBytes)) - before, received.length);
});

/** The bodies of whole answers that follow one another. */
function bodiesOf(bytes: Buffer): Buffer[] {
  const bodies: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const body = bytes.indexOf('\r\n\r\n', at) + 4;
    const length = Number(/content-length: (\d+)/i.exec(bytes.toString('latin1', at, body))?.[1]);
    if (body < 4 || body + length > bytes.length) break;
    bodies.push(bytes.subarray(body, body + length));
    at = body + length;
  }
  return bodies;
}

test('a client that reads slowly gets every byte', async () => {
  const socket = connect({ port: server.port, host: '127.0.0.1' });
  socket.write(headText('GET', pathOf(large.digest), { authorization, connection: 'close' }));
  const hash = createHash('sha256');
  let head = true;
  let pieces = 0;
  for await (const part of socket) {
    const bytes = part as Buffer;
    hash.update(head ? bytes.subarray(bytes.indexOf('\r\n\r\n') + 4) : bytes);
    head = false;
    pieces += 1;
    if (pieces % 16 === 0) await sleep(5);
  }
  assert.equal(`sha256:${hash.digest('hex')}`, large.digest);
});

test('clients that go away in the middle leave nothing in the answers of others', async () => {
  const leaving = Array.from({ length: 40 }, async (_, at) => {
    await sleep(at * 3);
    const socket = connect({ port: server.port, host: '127.0.0.1' });
    socket.on('error', () => {});
    socket.write(headText('GET', pathOf(large.digest), { authorization }));
    await once(socket, 'data');
    socket.resume();
    await sleep(at % 7);
    socket.resetAndDestroy();
  });
  const staying = Array.from({ length: 60 }, async (_, at) => {
    await sleep(at * 2);
    const got = await server.send('GET', pathOf(other.digest), { headers: { connection: 'close' } });
    assert.equal(digestOf(got.body), other.digest);
  });
  await Promise.all([...leaving, ...staying]);
});
