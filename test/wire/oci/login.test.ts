// Who may speak to /v2: Basic login with the token of GetAuthorizationToken, and nothing else.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { jsonOf, type OciServer, refused, startOciServer } from '../../helpers/oci-client.ts';

const HOUR = 3_600_000;
const state = { now: Date.now() };
let server: OciServer;
before(async () => {
  server = await startOciServer({ clock: { now: () => state.now } });
});
after(() => server.close());

async function withHeader(authorization: string | undefined, target = '/v2/') {
  return server.send('GET', target, {
    login: false,
    headers: authorization === undefined ? {} : { authorization },
  });
}

test('a login token opens /v2/, by GET and HEAD, with and without the slash', async () => {
  for (const target of ['/v2/', '/v2']) {
    const got = await server.send('GET', target);
    assert.equal(got.status, 200);
    assert.deepEqual(jsonOf(got), {});
    assert.equal(got.headers['docker-distribution-api-version'], 'registry/2.0');
    assert.equal((await server.send('HEAD', target)).status, 200);
  }
});

test('whoever is not logged in is challenged, on every path alike', async () => {
  for (const target of ['/v2/', '/v2/some/app/tags/list', '/v2/no-such-route', '/v2/UPPER/tags/list']) {
    const answer = await withHeader(undefined, target);
    refused(answer, 401, 'UNAUTHORIZED');
    const { host } = new URL(server.url);
    assert.equal(
      answer.headers['www-authenticate'],
      `Basic realm="http://${host}/",service="ecr.amazonaws.com"`,
    );
    assert.equal(answer.headers['docker-distribution-api-version'], 'registry/2.0');
  }
});

test('a bad login is 401, never a failure of ours', async () => {
  const good = Buffer.from((await server.login()).slice('Basic '.length), 'base64').toString();
  const password = good.slice('AWS:'.length);
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
  for (const authorization of [
    'Basic Og==',
    'Basic',
    'Basic !!!',
    'Bearer x',
    basic('AWS'),
    basic('AWS:'),
    basic('AWS:nonsense'),
    basic(`aws:${password}`),
    basic(`root:${password}`),
    basic(`AWS:${password.slice(0, -1)}`),
    basic(`AWS:${password}x`),
    `Basic ${'A'.repeat(10_000)}`,
  ]) {
    refused(await withHeader(authorization), 401, 'UNAUTHORIZED');
  }
  assert.equal((await withHeader(basic(`AWS:${password}`))).status, 200);
  assert.equal((await withHeader(basic(`AWS:${password}`).replace('Basic', 'bAsIc'))).status, 200);
});

test('a token is good for twelve hours, then the answer says so', async () => {
  const authorization = await server.login();
  const began = state.now;
  state.now = began + 12 * HOUR - 1;
  assert.equal((await withHeader(authorization)).status, 200);
  state.now = began + 12 * HOUR;
  const message = refused(await withHeader(authorization), 401, 'UNAUTHORIZED');
  assert.equal(message, 'Your authorization token has expired. Reauthenticate and try again.');
  state.now = began;
});

test('a token is for the registry that it was asked in: the region of the call', async () => {
  const repositoryName = await server.repository();
  assert.equal((await server.send('GET', `/v2/${repositoryName}/tags/list`)).status, 200);
  const other = await startOciServer({ env: { SEALPORT_REGION: 'eu-west-1' } });
  try {
    // Another server has another key: its tokens are nothing here.
    refused(await withHeader(await other.login()), 401, 'UNAUTHORIZED');
  } finally {
    await other.close();
  }
});

test('paths and methods that do not exist are named', async () => {
  refused(await server.send('GET', '/v2/no-such-route'), 404, 'UNSUPPORTED');
  refused(await server.send('GET', '/v2/app/tags/other'), 404, 'UNSUPPORTED');
  refused(await server.send('GET', '/v2/app/manifests/%zz'), 400, 'UNSUPPORTED');
  const wrong = await server.send('PATCH', '/v2/app/tags/list');
  refused(wrong, 405, 'UNSUPPORTED');
  assert.equal(wrong.headers.allow, 'GET, HEAD');
  for (const name of ['UPPER/app', 'a//b', '-a/b', 'a', 'a'.repeat(300)]) {
    refused(await server.send('GET', `/v2/${name}/tags/list`), 400, 'NAME_INVALID');
  }
  assert.match(
    refused(await server.send('GET', '/v2/no/such/tags/list'), 404, 'NAME_UNKNOWN'),
    /^The repository with name 'no\/such' does not exist in the registry with id '\d{12}'$/,
  );
});
