// Behind a proxy that the operator trusts: what it says of its clients counts for policies, the audit trail, the signed
// host and the limit of an address. Of anybody else it counts for nothing.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { signRequest } from '../../src/http/auth/sigv4-canonical.ts';
import { allow, iamClient, makeUser, policy } from '../helpers/access-clients.ts';
import type { TestCredentials } from '../helpers/api-client.ts';
import { awaitedEvents } from '../helpers/audit-trail.ts';
import { headText, openConnection, type RawHttpAnswer } from '../helpers/raw-connection.ts';
import { startServer, type TestServer } from '../helpers/start-server.ts';

const TRUSTING = { SEALPORT_TRUSTED_PROXIES: '127.0.0.1,10.0.0.0/8' };
const BODY = '{}';

interface Call {
  readonly credentials?: TestCredentials;
  readonly signedHost?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The head of a signed call of ECR as a proxy hands it on: signed for one host, sent with another, and with more headers. */
function headOf(
  server: TestServer,
  { credentials = server.credentials, signedHost, headers = {} }: Call,
): string {
  const host = `127.0.0.1:${server.port}`;
  const signed = signRequest({
    ...credentials,
    method: 'POST',
    target: '/',
    headers: {
      host: signedHost ?? host,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.DescribeRepositories',
    },
    body: Buffer.from(BODY),
    region: server.region,
    service: 'ecr',
    now: Date.now(),
  });
  return headText('POST', '/', { ...signed, ...headers, host, 'content-length': BODY.length });
}

async function call(server: TestServer, given: Call): Promise<RawHttpAnswer> {
  const connection = await openConnection(server.port);
  connection.write(headOf(server, given) + BODY);
  const answer = await connection.answer();
  connection.destroy();
  assert.ok(answer !== undefined);
  return answer;
}

async function withServer(
  env: Readonly<Record<string, string>>,
  work: (server: TestServer) => Promise<void>,
): Promise<void> {
  const server = await startServer({ env });
  try {
    await work(server);
  } finally {
    await server.close();
  }
}

/** A user who may do everything under a condition. */
async function userUnder(server: TestServer, condition: object): Promise<TestCredentials> {
  const credentials = await makeUser(server, 'conditional');
  const iam = iamClient(server);
  await iam.send(
    new PutUserPolicyCommand({
      UserName: 'conditional',
      PolicyName: 'conditional',
      PolicyDocument: policy({ ...allow('ecr:*'), Condition: condition }),
    }),
  );
  iam.destroy();
  return credentials;
}

for (const readThreads of ['0', '1'])
  describe(`with ${readThreads} read threads`, () => {
    const env = { ...TRUSTING, SEALPORT_READ_THREADS: readThreads, SEALPORT_LOG_LEVEL: 'fatal' };

    test('aws:SourceIp, aws:SecureTransport and the audit trail have the client of a trusted proxy', async () => {
      await withServer(env, async (server) => {
        const credentials = await userUnder(server, {
          IpAddress: { 'aws:SourceIp': '198.51.100.0/24' },
          Bool: { 'aws:SecureTransport': 'true' },
        });
        const good = { 'x-forwarded-for': '6.6.6.6, 198.51.100.7, 10.0.0.3', 'x-forwarded-proto': 'https' };
        assert.equal((await call(server, { credentials, headers: good })).status, 200);
        for (const bad of [
          { ...good, 'x-forwarded-for': '198.51.100.7, 203.0.113.1' },
          { ...good, 'x-forwarded-proto': 'http' },
          { 'x-forwarded-for': '198.51.100.7' },
          {},
        ])
          assert.equal((await call(server, { credentials, headers: bad })).status, 400);
        const events = await awaitedEvents(server.dataDir, { eventName: 'DescribeRepositories' });
        const addresses = events.map(({ sourceIPAddress }) => sourceIPAddress);
        assert.ok(addresses.includes('198.51.100.7') && addresses.includes('203.0.113.1'), addresses.join());
      });
    });

    test('a request is verified under the host that the client signed', async () => {
      await withServer(env, async (server) => {
        const signedHost = 'registry.example.com';
        const forwarded = { 'x-forwarded-for': '198.51.100.7', 'x-forwarded-host': signedHost };
        assert.equal((await call(server, { signedHost, headers: forwarded })).status, 200);
        assert.equal((await call(server, { signedHost })).status, 400);
        const other = { ...forwarded, 'x-forwarded-host': 'other.example.com' };
        assert.equal((await call(server, { signedHost, headers: other })).status, 400);
      });
    });
  });

test('of a peer that is not trusted nothing counts', async () => {
  await withServer({ SEALPORT_TRUSTED_PROXIES: '10.0.0.0/8' }, async (server) => {
    const credentials = await userUnder(server, { IpAddress: { 'aws:SourceIp': '198.51.100.0/24' } });
    const headers = { 'x-forwarded-for': '198.51.100.7', 'x-forwarded-host': 'registry.example.com' };
    assert.equal((await call(server, { credentials, headers })).status, 400);
    assert.equal((await call(server, { signedHost: 'registry.example.com', headers })).status, 400);
    assert.equal((await call(server, { headers })).status, 200);
  });
});

test('requests of one client behind a proxy are bounded, and the other clients are heard', async () => {
  await withServer({ ...TRUSTING, SEALPORT_MAX_CONNECTIONS_PER_ADDRESS: '5' }, async (server) => {
    // Each waits for a body that does not come.
    const held = await Promise.all(
      Array.from({ length: 5 }, async (_, index) => {
        const connection = await openConnection(server.port);
        connection.write(headOf(server, { headers: { 'x-forwarded-for': `2001:db8::${index}` } }));
        return connection;
      }),
    );
    const ask = async (address: string) => {
      const connection = await openConnection(server.port);
      connection.write(headText('GET', '/healthz', { 'x-forwarded-for': address }));
      const answer = await connection.answer();
      connection.destroy();
      return answer;
    };
    let beyond: RawHttpAnswer | undefined;
    for (let attempt = 0; attempt < 50 && beyond?.status !== 429; attempt += 1)
      beyond = await ask('2001:db8::9');
    assert.equal(beyond?.status, 429);
    assert.match(beyond?.body ?? '', /TooManyRequestsException.*TOOMANYREQUESTS/);
    assert.equal((await ask('2001:db8:0:1::7'))?.status, 200);
    // The proxy itself has no bound but the server's.
    const many = await Promise.all(Array.from({ length: 20 }, () => openConnection(server.port)));
    for (const connection of many) connection.write(headText('GET', '/healthz'));
    for (const connection of many) assert.equal((await connection.answer())?.status, 200);
    for (const connection of [...held, ...many]) connection.destroy();
    let again: RawHttpAnswer | undefined;
    for (let attempt = 0; attempt < 50 && again?.status !== 200; attempt += 1)
      again = await ask('2001:db8::9');
    assert.equal(again?.status, 200);
  });
});
