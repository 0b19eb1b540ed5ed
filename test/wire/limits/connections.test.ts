// How many connections there may be: of one address, of the server, and what happens to those that are idle.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { headText, openConnection } from '../../helpers/raw-connection.ts';
import { startServer, type TestServerOptions } from '../../helpers/start-server.ts';

const ask = headText('GET', '/healthz');

/** Opens `count` connections and asks on each; gives those that are answered. */
async function answered(port: number, count: number) {
  const all = await Promise.all(
    Array.from({ length: count }, async () => {
      const connection = await openConnection(port);
      connection.write(ask);
      return { connection, answer: await connection.answer() };
    }),
  );
  return all.filter(({ answer }) => answer?.status === 200).map(({ connection }) => connection);
}

const refusedFor = (metrics: string, reason: string) =>
  Number(
    new RegExp(`sealport_connections_refused_total\\{reason="${reason}"\\} (\\d+)`).exec(metrics)?.[1] ?? 0,
  );

describe('connections beyond the limit are closed, and make room when they end', () => {
  for (const [title, reason, env] of [
    ['of an address', 'address', { SEALPORT_MAX_CONNECTIONS_PER_ADDRESS: '20' }],
    [
      'of the server',
      'server',
      { SEALPORT_MAX_CONNECTIONS: '20', SEALPORT_MAX_CONNECTIONS_PER_ADDRESS: '0' },
    ],
  ] as const satisfies readonly (readonly [string, string, TestServerOptions['env']])[]) {
    test(title, async () => {
      const server = await startServer({ env });
      try {
        const open = await answered(server.port, 60);
        assert.equal(open.length, 20);
        const [first, ...others] = open;
        assert.ok(first !== undefined);
        first.write(headText('GET', '/metrics'));
        assert.equal(refusedFor((await first.answer())?.body ?? '', reason), 40);
        for (const connection of others) connection.destroy();
        let again: Awaited<ReturnType<typeof answered>> = [];
        for (let round = 0; round < 100 && again.length === 0; round += 1)
          again = await answered(server.port, 1);
        assert.equal(again.length, 1);
        for (const connection of [first, ...again]) connection.destroy();
      } finally {
        await server.close();
      }
    });
  }
});

test('a connection without requests is closed after the idle time', async () => {
  const server = await startServer({ env: { SEALPORT_IDLE_TIME: '1s' }, limits: { keepAliveMs: 300 } });
  try {
    const connection = await openConnection(server.port);
    connection.write(ask);
    assert.equal((await connection.answer())?.status, 200);
    const started = performance.now();
    await connection.closed();
    assert.ok(performance.now() - started < 10_000);
  } finally {
    await server.close();
  }
});
