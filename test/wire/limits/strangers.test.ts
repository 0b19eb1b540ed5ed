// What nobody who is known can make the server write: bounded for each address, in the log and in the audit trail, and what is
// left out is named. Who is known has every line and record.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pino } from 'pino';
import { makeUser } from '../../helpers/access-clients.ts';
import { apiClient } from '../../helpers/api-client.ts';
import { auditedEvents } from '../../helpers/audit-trail.ts';
import { headText, openConnection } from '../../helpers/raw-connection.ts';
import { startServer } from '../../helpers/start-server.ts';

interface Line {
  readonly address?: string;
  readonly status?: number;
  readonly principal?: string;
  readonly requests?: number;
  readonly addresses?: readonly { readonly address: string; readonly count: number }[];
}

/** Notes of the trail of this kind, as its files have them. */
function notesOf(
  dataDir: string,
  kind: string,
): readonly { readonly count: number; readonly most: unknown[] }[] {
  const folder = join(dataDir, 'audit');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n'))
    .map((line) => (JSON.parse(line) as { note?: { kind: string; count: number; most: unknown[] } }).note)
    .filter((note) => note?.kind === kind)
    .flatMap((note) => note ?? []);
}

test('a flood of refused calls fills neither the log nor the trail, and hides nobody else', async () => {
  const lines: Line[] = [];
  const dataDir = mkdtempSync(join(tmpdir(), 'sealport-strangers-'));
  const server = await startServer({
    dataDir,
    log: pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line) as Line) }),
    env: { SEALPORT_TRUSTED_PROXIES: '127.0.0.1', SEALPORT_READ_THREADS: '0' },
  });
  try {
    const wrong = `Basic ${Buffer.from('AWS:nonsense').toString('base64')}`;
    const connection = await openConnection(server.port);
    const ask = async (address: string) => {
      const headers = { authorization: wrong, 'x-forwarded-for': address };
      connection.write(headText('GET', '/v2/app/tags/list', headers));
      assert.equal((await connection.answer())?.status, 401);
    };
    for (let request = 0; request < 500; request += 1) await ask(`2001:db8::${request.toString(16)}`);
    for (let request = 0; request < 5; request += 1) await ask('198.51.100.7');

    const nobody = await makeUser(server, 'nobody');
    const client = apiClient({ url: server.url, region: server.region, credentials: nobody });
    for (let call = 0; call < 150; call += 1)
      assert.equal((await client.ecr('DescribeRepositories', {})).status, 400);
    connection.destroy();
  } finally {
    await server.close();
  }
  try {
    const of = (begin: string) => lines.filter(({ address }) => address?.startsWith(begin)).length;
    assert.ok(of('2001:db8:') >= 100 && of('2001:db8:') < 200, String(of('2001:db8:')));
    assert.equal(of('198.51.100.7'), 5);
    assert.equal(lines.filter(({ principal }) => principal?.endsWith(':user/nobody')).length, 150);
    const leftOut = lines.filter(({ requests }) => requests !== undefined);
    assert.equal(of('2001:db8:') + leftOut.reduce((sum, { requests = 0 }) => sum + requests, 0), 500);
    assert.equal(leftOut[0]?.addresses?.[0]?.address, '2001:db8:0:0::/64');

    const events = await auditedEvents(dataDir);
    const from = (begin: string) =>
      events.filter(({ sourceIPAddress }) => sourceIPAddress.startsWith(begin)).length;
    assert.ok(from('2001:db8:') >= 20 && from('2001:db8:') < 100, String(from('2001:db8:')));
    assert.equal(from('198.51.100.7'), 5);
    const notes = notesOf(dataDir, 'Suppressed');
    assert.equal(from('2001:db8:') + notes.reduce((sum, { count }) => sum + count, 0), 500);
    assert.deepEqual(notes[0]?.most, [{ address: '2001:db8:0:0::/64', count: notes[0]?.count }]);
    assert.equal(events.filter(({ eventName }) => eventName === 'DescribeRepositories').length, 150);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});
