// `/admin/accounts`: who may, what is made, what accounts have in common (nothing).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CreateRepositoryCommand, DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { CreateAccessKeyCommand, CreateUserCommand, ListUsersCommand } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { type ClientCredentials, iamClient, refusal, stsClient } from '../../helpers/access-clients.ts';
import { adminClient } from '../../helpers/admin-client.ts';
import { startServer, type TestServer } from '../../helpers/start-server.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.close());

const sendAdmin = adminClient(() => server);
const send = (method: string, query = '', credentials: ClientCredentials = server.credentials) =>
  sendAdmin(method, `/admin/accounts${query}`, { credentials });

test('an account is made with a root of its own, once', async () => {
  const { status, body } = await send('POST', '?account-id=222222222222');
  assert.equal(status, 201);
  const credentials = {
    accessKeyId: String(body['accessKeyId']),
    secretAccessKey: String(body['secretAccessKey']),
  };
  const sts = stsClient(server, credentials);
  const who = await sts.send(new GetCallerIdentityCommand({}));
  assert.equal(who.Arn, 'arn:aws:iam::222222222222:root');
  sts.destroy();
  assert.equal((await send('POST', '?account-id=222222222222')).status, 409);
  assert.equal((await send('POST', '?account-id=1234')).status, 400);
  const made = await send('POST');
  assert.match(String(made.body['accountId']), /^\d{12}$/);
  const { accounts } = (await send('GET')).body as { accounts: { accountId: string }[] };
  const ids = accounts.map(({ accountId }) => accountId);
  for (const id of [server.accountId, '222222222222', made.body['accountId']])
    assert.ok(ids.includes(String(id)));
});

test('another account sees and reaches nothing of the first one, and does not operate the server', async () => {
  const { body } = await send('POST', '?account-id=333333333333');
  const credentials = {
    accessKeyId: String(body['accessKeyId']),
    secretAccessKey: String(body['secretAccessKey']),
  };
  assert.equal((await send('GET', '', credentials)).status, 403);
  assert.equal((await send('POST', '', credentials)).status, 403);
  const options = { endpoint: server.url, region: 'us-east-1', maxAttempts: 1 };
  const mine = new ECRClient({ ...options, credentials: server.credentials });
  const theirs = new ECRClient({ ...options, credentials });
  await mine.send(new CreateRepositoryCommand({ repositoryName: 'shared-name' }));
  assert.deepEqual((await theirs.send(new DescribeRepositoriesCommand({}))).repositories, []);
  const reached = theirs.send(new DescribeRepositoriesCommand({ registryId: server.accountId }));
  assert.equal((await refusal(reached)).code, 'AccessDeniedException');
  const iam = iamClient(server);
  const otherIam = iamClient(server, credentials);
  await iam.send(new CreateUserCommand({ UserName: 'mine' }));
  assert.deepEqual((await otherIam.send(new ListUsersCommand({}))).Users, []);
  const key = await refusal(otherIam.send(new CreateAccessKeyCommand({ UserName: 'mine' })));
  assert.equal(key.code, 'NoSuchEntity');
  for (const client of [mine, theirs, iam, otherIam]) client.destroy();
});
