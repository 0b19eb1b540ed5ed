// Clients that vanish, in each phase of each kind of request: afterwards no file is open, no upload is locked and no
// connection is left over.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readlink } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { signRequest } from '../../../src/http/auth/sigv4-canonical.ts';
import { ecrHeaders } from '../../helpers/aws-request.ts';
import { blob } from '../../helpers/images.ts';
import { startOciServer } from '../../helpers/oci-client.ts';
import { headText, openConnection } from '../../helpers/raw-connection.ts';

const server = await startOciServer();
const authorization = await server.login();
const name = await server.repository();
const big = blob(randomBytes(8 * 1024 * 1024));
after(() => server.close());

/** Files of the data directory and sockets that this process has open (both ends of a connection are ours). */
async function openDescriptors(): Promise<{ readonly files: number; readonly sockets: number }> {
  const links = await Promise.all(
    (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  );
  return {
    files: links.filter((link) => /\/(?:blobs|uploads)\//.test(link) && link.startsWith(server.dataDir))
      .length,
    sockets: links.filter((link) => link.startsWith('socket:')).length,
  };
}

const signedCall = (operation: string, length: number): string =>
  headText('POST', '/', {
    ...signRequest({
      method: 'POST',
      target: '/',
      headers: { host: 'localhost', ...ecrHeaders(operation) },
      body: Buffer.alloc(0),
      ...server.credentials,
      region: 'us-east-1',
      service: 'ecr',
      now: Date.now(),
    }),
    'content-length': length,
  });

/** What a client has sent when it vanishes; `upload` is the path of an upload of its own. */
const phases: readonly (readonly [string, (upload: string) => string])[] = [
  ['before it says anything', () => ''],
  ['in a head', () => 'GET /v2/ HTTP/1.1\r\nHost: a\r\nX: '],
  ['after a head', () => headText('GET', '/v2/', { authorization })],
  ['in the body of a call', () => `${signedCall('UploadLayerPart', 1_000_000)}{"a":${' '.repeat(200_000)}`],
  [
    'in a manifest',
    () =>
      `${headText('PUT', `/v2/${name}/manifests/v1`, { authorization, 'content-length': 100_000 })}{"a":1`,
  ],
  [
    'before the first byte of a chunk',
    (upload) => headText('PATCH', upload, { authorization, 'content-length': 1_000_000 }),
  ],
  [
    'in a chunk',
    (upload) =>
      headText('PATCH', upload, { authorization, 'content-length': 1_000_000 }) + 'x'.repeat(300_000),
  ],
  [
    'in a chunked body',
    (upload) =>
      `${headText('PATCH', upload, { authorization, 'transfer-encoding': 'chunked' })}5\r\nabcde\r\n10\r\nxx`,
  ],
  [
    'after a whole chunk, before its answer',
    (upload) => `${headText('PATCH', upload, { authorization, 'content-length': 5 })}abcde`,
  ],
  [
    'in the body that completes an upload',
    (upload) =>
      headText('PUT', `${upload}?digest=${big.digest}`, { authorization, 'content-length': 8_000_000 }) +
      'x'.repeat(100_000),
  ],
  ['before a download begins', () => headText('GET', `/v2/${name}/blobs/${big.digest}`, { authorization })],
  [
    'with downloads sent ahead',
    () => headText('GET', `/v2/${name}/blobs/${big.digest}`, { authorization }).repeat(10),
  ],
  [
    'with an upload behind a download',
    (upload) =>
      headText('GET', `/v2/${name}/blobs/${big.digest}`, { authorization }) +
      headText('PATCH', upload, { authorization, 'content-length': 1_000_000 }) +
      'x'.repeat(1000),
  ],
  [
    'while it waits to send its body',
    (upload) =>
      headText('PATCH', upload, { authorization, expect: '100-continue', 'content-length': 1_000_000 }),
  ],
];

before(() => server.push(name, big));

describe('a client that vanishes leaves nothing behind', () => {
  for (const [title, sent] of phases) {
    for (const [manner, waitMs] of [
      ['at once', 0],
      ['a moment later', 30],
    ] as const) {
      test(`${title}, ${manner}`, async () => {
        const upload = await server.begin(name);
        const idle = await openDescriptors();
        await Promise.all(
          Array.from({ length: 8 }, async (_, turn) => {
            const connection = await openConnection(server.port);
            connection.write(sent(turn === 0 ? upload : await server.begin(name)));
            if (waitMs > 0) await sleep(waitMs);
            // Half of them say goodbye, half are just gone.
            if (turn % 2 === 0) connection.socket.resetAndDestroy();
            else connection.destroy();
          }),
        );
        await settled(idle);
        const deadline = Date.now() + 10_000;
        for (;;) {
          const freed = await server.send('PATCH', upload, { body: 'x' });
          if (freed.status === 202) break;
          assert.ok(freed.status === 409 && Date.now() < deadline, freed.body.toString());
          await sleep(20);
        }
      });
    }
  }

  test('in the middle of a download', async () => {
    const idle = await openDescriptors();
    await Promise.all(
      Array.from({ length: 8 }, async (_, turn) => {
        const connection = await openConnection(server.port);
        connection.write(headText('GET', `/v2/${name}/blobs/${big.digest}`, { authorization }));
        connection.socket.once('data', () => {
          if (turn % 2 === 0) connection.socket.resetAndDestroy();
          else connection.destroy();
        });
        await connection.closed();
      }),
    );
    await settled(idle);
    const whole = await server.send('GET', `/v2/${name}/blobs/${big.digest}`);
    assert.ok(whole.body.equals(big.bytes));
  });
});

/** Waits until no more is open than was; the client of the test may keep connections of its own. */
async function settled(idle: { readonly files: number; readonly sockets: number }): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const now = await openDescriptors();
    // The test's own client keeps at most as many connections as it had requests at a time.
    if (now.files <= idle.files && now.sockets <= idle.sockets + 2 * 8) return;
    assert.ok(Date.now() < deadline, `open: ${JSON.stringify(now)}, before: ${JSON.stringify(idle)}`);
    await sleep(20);
  }
}
