// Who may do what beside AWS's APIs and /v2: every path and method, asked for by nobody, by another account, by a reader, by a
// pusher and by a user who may do everything, and by the operator. A method without an entry fails here.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { adminRoutes } from '../src/http/admin/routes.ts';
import { adminClient } from './helpers/admin-client.ts';
import type { TestCredentials } from './helpers/api-client.ts';
import { makeAccount, makeUser } from './helpers/principals.ts';
import { startServer, type TestServer } from './helpers/start-server.ts';

const ranks = ['stranger', 'reader', 'pusher', 'administrator', 'operator'] as const;
/** The least of them who may; each may what those before it may. */
type Rank = (typeof ranks)[number];

const table: Readonly<Record<string, Readonly<Record<string, Rank>>>> = {
  '/admin/gc': { GET: 'operator', POST: 'operator', DELETE: 'operator' },
  '/admin/scrub': { GET: 'operator', POST: 'operator', DELETE: 'operator' },
  '/admin/accounts': { GET: 'operator', POST: 'operator' },
  '/admin/clock': { GET: 'operator', POST: 'operator' },
  '/admin/uploads': { GET: 'operator', DELETE: 'operator' },
  '/sign': { POST: 'pusher' },
};

let server: TestServer;
const keys = new Map<Rank, TestCredentials>();
before(async () => {
  server = await startServer();
  const { accountId } = server;
  const user = async (name: Rank, ...actions: string[]) =>
    keys.set(name, (await makeUser(server, accountId, name, [{ Action: actions }])).credentials);
  await user('reader', 'ecr:BatchGetImage', 'ecr:Describe*', 'ecr:List*', 'signer:SignPayload');
  await user('pusher', 'ecr:BatchGetImage', 'ecr:PutImage');
  await user('administrator', '*');
  keys.set('stranger', (await makeAccount(server)).credentials);
  keys.set('operator', server.credentials);
});
after(() => server.close());

test('every path and method has an entry', () => {
  const nothing = { runs: {}, iam: {} } as never;
  const offered = adminRoutes({
    gc: nothing,
    scrub: nothing,
    accounts: nothing,
    uploads: nothing,
    sign: nothing,
    clock: nothing,
  });
  const methodsOf = (routes: Readonly<Record<string, object>>) =>
    Object.fromEntries(
      Object.entries(routes).map(([path, methods]) => [path, new Set(Object.keys(methods))]),
    );
  assert.deepEqual(methodsOf(table), methodsOf(offered));
});

for (const [path, methods] of Object.entries(table))
  for (const [method, least] of Object.entries(methods))
    test(`${method} ${path}: ${least}`, async () => {
      const send = adminClient(() => server);
      const query = path === '/sign' ? `?repository=team/app&tag=v1&registry-id=${server.accountId}` : '';
      const nobody = await send(method, `${path}${query}`, { unsigned: true });
      assert.deepEqual([nobody.status, nobody.body['code']], [403, 'MissingAuthenticationTokenException']);
      for (const rank of ranks) {
        const credentials = keys.get(rank) ?? assert.fail(rank);
        const { status, body } = await send(method, `${path}${query}`, { credentials });
        const may = ranks.indexOf(rank) >= ranks.indexOf(least);
        assert.equal(status === 403, !may, `${rank}: ${JSON.stringify(body)}`);
        assert.ok(status < 500);
        // What another service's requests are signed for is no good here.
        const foreign = await send(method, `${path}${query}`, { credentials, service: 'ecr' });
        assert.ok(foreign.status >= 400 && foreign.status < 500);
      }
    });

test('what is not there is for nobody', async () => {
  const send = adminClient(() => server);
  for (const path of ['/admin/', '/admin/none', '/admin/sign', '/sign/', '/sign/x']) {
    for (const rank of ['stranger', 'administrator'] as const) {
      const credentials = keys.get(rank) ?? assert.fail(rank);
      const { status } = await send('POST', path, { credentials });
      assert.equal(status, path.startsWith('/admin/') ? 403 : 404, path);
    }
  }
});
