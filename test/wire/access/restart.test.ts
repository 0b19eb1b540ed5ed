// What a client was given is good after a restart, and after a process that died without a word.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  CreateRoleCommand,
  DeleteAccessKeyCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts';
import {
  allow,
  type ClientCredentials,
  iamClient,
  makeUser,
  policy,
  refusal,
  stsClient,
  trust,
} from '../../helpers/access-clients.ts';
import { apiClient } from '../../helpers/api-client.ts';
import { startServer, type TestServer } from '../../helpers/start-server.ts';

const dataDir = await mkdtemp(join(tmpdir(), 'sealport-access-restart-'));
after(() => rm(dataDir, { recursive: true, force: true }));

async function whoIs(server: TestServer, credentials: ClientCredentials) {
  const sts = stsClient(server, credentials);
  try {
    return (await sts.send(new GetCallerIdentityCommand({}))).Arn;
  } finally {
    sts.destroy();
  }
}

test('keys and sessions survive a restart; a key that was disabled before it stays so', async () => {
  const first = await startServer({ dataDir });
  const user = await makeUser(first, 'lasting');
  const disabled = await makeUser(first, 'disabled');
  const iam = iamClient(first);
  const arn = 'arn:aws:iam::123456789012:user/lasting';
  const role = new CreateRoleCommand({ RoleName: 'lasting', AssumeRolePolicyDocument: trust(arn) });
  const RoleArn = (await iam.send(role)).Role?.Arn;
  const sts = stsClient(first, user);
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'before' }));
  const session = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
  const key = { UserName: 'disabled', AccessKeyId: disabled.accessKeyId };
  await iam.send(new UpdateAccessKeyCommand({ ...key, Status: 'Inactive' }));
  iam.destroy();
  sts.destroy();
  await first.close();

  const second = await startServer({ dataDir });
  assert.equal(await whoIs(second, user), arn);
  assert.equal(await whoIs(second, session), 'arn:aws:sts::123456789012:assumed-role/lasting/before');
  assert.equal((await refusal(whoIs(second, disabled))).code, 'InvalidClientTokenId');
  await second.close();
});

test('a key works or does not, never in between, while it is disabled and enabled under load', async () => {
  const server = await startServer();
  const user = await makeUser(server, 'flapping');
  const iam = iamClient(server);
  const set = (Status: 'Active' | 'Inactive') =>
    iam.send(new UpdateAccessKeyCommand({ UserName: 'flapping', AccessKeyId: user.accessKeyId, Status }));
  for (let round = 0; round < 5; round += 1) {
    await set('Inactive');
    // Asked after the answer: not one may pass, whatever was read or kept before it.
    const asked = await Promise.allSettled(Array.from({ length: 8 }, () => whoIs(server, user)));
    assert.deepEqual(
      asked.filter(({ status }) => status === 'fulfilled'),
      [],
    );
    const racing = Promise.allSettled(Array.from({ length: 8 }, () => whoIs(server, user)));
    await set('Active');
    await racing;
    await whoIs(server, user);
  }
  await iam.send(new DeleteAccessKeyCommand({ UserName: 'flapping', AccessKeyId: user.accessKeyId }));
  assert.equal((await refusal(whoIs(server, user))).code, 'InvalidClientTokenId');
  iam.destroy();
  await server.close();
});

test('another secret of the root ends its logins and its sessions, under the same key id too', async () => {
  const own = await mkdtemp(join(tmpdir(), 'sealport-root-secret-'));
  after(() => rm(own, { recursive: true, force: true }));
  const first = await startServer({ dataDir: own });
  await first.ecr('CreateRepository', { repositoryName: 'team/app' });
  const user = await makeUser(first, 'lasting');
  const iam = iamClient(first);
  const PolicyDocument = policy(allow('ecr:*'));
  await iam.send(new PutUserPolicyCommand({ UserName: 'lasting', PolicyName: 'p', PolicyDocument }));
  iam.destroy();
  const sessionOf = async (of: ClientCredentials) => {
    const sts = stsClient(first, of);
    const { Credentials } = await sts.send(new GetSessionTokenCommand({}));
    sts.destroy();
    return {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    };
  };
  const client = (credentials: ClientCredentials) =>
    apiClient({ url: first.url, region: first.region, credentials });
  const rootSession = await sessionOf(first.credentials);
  const userSession = await sessionOf(user);
  const logins = {
    root: await first.login(),
    'session of the root': await client(rootSession).login(),
    user: await client(user).login(),
    'session of the user': await client(userSession).login(),
  };
  const status = async (at: TestServer, authorization: string) =>
    (await fetch(`${at.url}/v2/team/app/tags/list`, { headers: { authorization } })).status;
  for (const login of Object.values(logins)) assert.equal(await status(first, login), 200);
  await first.close();

  // The same secret: nothing ends.
  const same = await startServer({ dataDir: own });
  for (const login of Object.values(logins)) assert.equal(await status(same, login), 200);
  assert.match((await whoIs(same, rootSession)) ?? '', /:root$/);
  await same.close();

  const env = { SEALPORT_ROOT_SECRET_ACCESS_KEY: 'another-secret-that-is-forty-characters-l' };
  const changed = await startServer({ dataDir: own, env });
  assert.equal((await refusal(whoIs(changed, changed.credentials))).code, 'SignatureDoesNotMatch');
  assert.equal((await refusal(whoIs(changed, rootSession))).status, 403);
  assert.match((await whoIs(changed, userSession)) ?? '', /:user\/lasting$/);
  assert.equal(await status(changed, logins.root), 401);
  assert.equal(await status(changed, logins['session of the root']), 401);
  assert.equal(await status(changed, logins.user), 200);
  assert.equal(await status(changed, logins['session of the user']), 200);
  await changed.close();
});
