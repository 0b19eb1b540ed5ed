// Each attack for a few seconds against a server in a process of its own, on a hundred connections. The server's
// memory stays within a bound that the attack does not move, and afterwards a client is served as before.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { signRequest } from '../../../src/http/auth/sigv4-canonical.ts';
import { apiClient } from '../../helpers/api-client.ts';
import { ecrHeaders } from '../../helpers/aws-request.ts';
import { blob } from '../../helpers/images.ts';
import { headText, openConnection, type RawConnection } from '../../helpers/raw-connection.ts';
import { startServe } from '../../helpers/serve-process.ts';
import { TEST_CREDENTIALS } from '../../helpers/start-server.ts';

const MIB = 1024 * 1024;
const CONNECTIONS = 100;
const ATTACK_MS = 2000;
/** What an attack may cost. A hundred bodies of 27 MiB would be ten times as much. */
const GROWTH_BYTES = 256 * MIB;

const dataDir = await mkdtemp(join(tmpdir(), 'sealport-flat-'));
const server = await startServe(dataDir, {
  args: ['--log-level', 'silent', '--body-memory', '64MiB', '--min-bytes-per-second', '20000'],
  env: {
    SEALPORT_ROOT_ACCESS_KEY_ID: TEST_CREDENTIALS.accessKeyId,
    SEALPORT_ROOT_SECRET_ACCESS_KEY: TEST_CREDENTIALS.secretAccessKey,
  },
});
const client = apiClient({ url: server.url, credentials: TEST_CREDENTIALS, region: 'us-east-1' });
after(async () => {
  server.child.kill('SIGKILL');
  await server.result;
  await rm(dataDir, { recursive: true, force: true });
});

const authorization = await client.login();
const big = blob(randomBytes(32 * MIB));

/** Resident memory of the server, bytes. */
async function resident(): Promise<number> {
  const status = await readFile(`/proc/${server.child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

async function openFiles(): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(/^process_open_fds (\d+)/m.exec(text)?.[1]);
}

const call = (operation: string, length: number) =>
  headText('POST', '/', {
    ...signRequest({
      method: 'POST',
      target: '/',
      headers: { host: 'localhost', ...ecrHeaders(operation) },
      body: Buffer.alloc(0),
      ...TEST_CREDENTIALS,
      region: 'us-east-1',
      service: 'ecr',
      now: Date.now(),
    }),
    'content-length': length,
  });

async function push(): Promise<void> {
  assert.equal((await client.ecr('CreateRepository', { repositoryName: 'team/app' })).status, 200);
  const target = `/v2/team/app/blobs/uploads/?digest=${big.digest}`;
  const pushed = await fetch(server.url + target, {
    method: 'POST',
    headers: { authorization },
    body: Buffer.from(big.bytes),
  });
  assert.equal(pushed.status, 201, await pushed.text());
}
await push();

interface Attack {
  readonly title: string;
  /** What each connection sends first. */
  readonly first: (turn: number) => string;
  /** What it sends on, as long as the server takes it. */
  readonly more?: string;
  /** Whether the attackers read nothing of what is answered. */
  readonly deaf?: true;
}

const upload = '/v2/team/app/blobs/uploads/00000000-0000-0000-0000-000000000000';
const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
const attacks: readonly Attack[] = [
  { title: 'heads without an end', first: () => 'GET /v2/ HTTP/1.1\r\nHost: a\r\n', more: 'X: y\r\n' },
  {
    title: 'one header without an end',
    first: () => 'GET /v2/ HTTP/1.1\r\nHost: a\r\nX: ',
    more: 'x'.repeat(9000),
  },
  {
    title: 'large bodies of calls, all but their last byte',
    first: () => call('UploadLayerPart', 27 * MIB),
    more: ' '.repeat(65_536),
  },
  {
    title: 'large manifests, all but their last byte',
    first: () => headText('PUT', '/v2/team/app/manifests/a', { authorization, 'content-length': 4 * MIB }),
    more: ' '.repeat(65_536),
  },
  {
    title: 'chunked bodies without an end, for nobody',
    first: () => headText('POST', '/nothing', { 'transfer-encoding': 'chunked' }),
    more: chunk,
  },
  {
    title: 'chunked bodies without an end, for an upload that does not exist',
    first: () => headText('PATCH', upload, { authorization, 'transfer-encoding': 'chunked' }),
    more: chunk,
  },
  {
    title: 'calls in chunks of one byte',
    first: () => call('UploadLayerPart', 0).replace('content-length: 0', 'transfer-encoding: chunked'),
    more: '1\r\nx\r\n'.repeat(5000),
  },
  {
    title: 'chunks of one byte',
    first: () => headText('POST', '/v2/', { 'transfer-encoding': 'chunked' }),
    more: '1\r\nx\r\n'.repeat(5000),
  },
  {
    title: 'downloads that nobody reads',
    first: () => headText('GET', `/v2/team/app/blobs/${big.digest}`, { authorization }),
    deaf: true,
  },
  {
    title: 'requests sent ahead, whose answers nobody reads',
    first: () => '',
    more: headText('GET', '/v2/_catalog', { authorization }).repeat(100),
    deaf: true,
  },
  {
    title: 'refused requests one after the other',
    first: () => '',
    more: 'GET /v2/x HTTP/1.1\r\nHost: a\r\n\r\n',
  },
];

/** Keeps a connection busy until the time is over or the server ends it; then the next one. */
async function attacker(attack: Attack, turn: number, until: number): Promise<number> {
  let connections = 0;
  while (Date.now() < until) {
    let connection: RawConnection;
    try {
      connection = await openConnection(server.port);
    } catch {
      // Refused for now: that is a defence too.
      await sleep(50);
      continue;
    }
    connections += 1;
    const { socket } = connection;
    if (attack.deaf === true) socket.pause();
    connection.write(attack.first(turn));
    while (Date.now() < until && !socket.destroyed) {
      if (attack.more !== undefined && socket.writableLength < 65_536) socket.write(attack.more);
      await sleep(attack.more === undefined ? 100 : 5);
    }
    connection.destroy();
  }
  return connections;
}

describe('memory stays flat under', () => {
  for (const attack of attacks) {
    test(attack.title, async (t) => {
      const before = await resident();
      const until = Date.now() + ATTACK_MS;
      let most = before;
      const watch = (async () => {
        while (Date.now() < until) {
          most = Math.max(most, await resident());
          await sleep(100);
        }
      })();
      const connections = await Promise.all(
        Array.from({ length: CONNECTIONS }, (_, turn) => attacker(attack, turn, until)),
      );
      await watch;
      const grown = (most - before) / MIB;
      t.diagnostic(`${connections.reduce((a, b) => a + b, 0)} connections, ${grown.toFixed(0)} MiB`);
      assert.ok(most - before < GROWTH_BYTES, `${grown.toFixed(0)} MiB more`);
      const whole = await fetch(`${server.url}/v2/team/app/blobs/${big.digest}`, {
        headers: { authorization },
      });
      assert.equal((await whole.bytes()).length, big.bytes.length);
      assert.equal((await client.ecr('DescribeRegistry', {})).status, 200);
    });
  }

  test('all of them together: what they cost does not add up, and no file stays open', async (t) => {
    const before = await resident();
    const files = await openFiles();
    const until = Date.now() + 2 * ATTACK_MS;
    await Promise.all(
      Array.from({ length: CONNECTIONS }, (_, turn) => {
        const attack = attacks[turn % attacks.length] ?? assert.fail();
        return attacker(attack, turn, until);
      }),
    );
    const grown = (await resident()) - before;
    t.diagnostic(`${(grown / MIB).toFixed(0)} MiB`);
    assert.ok(grown < GROWTH_BYTES, `${(grown / MIB).toFixed(0)} MiB more`);
    const deadline = Date.now() + 20_000;
    while ((await openFiles()) > files + 5) {
      assert.ok(Date.now() < deadline, `${await openFiles()} files are open, ${files} were`);
      await sleep(200);
    }
  });
});
