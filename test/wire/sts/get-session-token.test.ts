import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DeleteAccessKeyCommand, ListUsersCommand, UpdateAccessKeyCommand } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts';
import {
  type ClientCredentials,
  iamClient,
  makeUser,
  refusal,
  stsClient,
} from '../../helpers/access-clients.ts';
import { startServer, type TestServer } from '../../helpers/start-server.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.close());

async function temporary(credentials: ClientCredentials, DurationSeconds?: number) {
  const sts = stsClient(server, credentials);
  try {
    const { Credentials } = await sts.send(new GetSessionTokenCommand({ DurationSeconds }));
    assert.ok(Credentials?.AccessKeyId && Credentials.SecretAccessKey && Credentials.Expiration);
    return {
      accessKeyId: Credentials.AccessKeyId,
      secretAccessKey: Credentials.SecretAccessKey,
      sessionToken: Credentials.SessionToken ?? '',
      seconds: (Credentials.Expiration.getTime() - Date.now()) / 1000,
    };
  } finally {
    sts.destroy();
  }
}

async function whoIs(credentials: ClientCredentials) {
  const sts = stsClient(server, credentials);
  try {
    return (await sts.send(new GetCallerIdentityCommand({}))).Arn;
  } finally {
    sts.destroy();
  }
}

test('a user’s session is the user, and stops and goes on with the user’s key', async () => {
  const UserName = 'session-user';
  const key = await makeUser(server, UserName);
  const session = await temporary(key);
  assert.ok(session.seconds > 43_100 && session.seconds <= 43_200, String(session.seconds));
  assert.equal(await whoIs(session), 'arn:aws:iam::123456789012:user/session-user');
  const iam = iamClient(server);
  const AccessKeyId = key.accessKeyId;
  await iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Inactive' }));
  assert.equal((await refusal(whoIs(session))).code, 'InvalidClientTokenId');
  await iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Active' }));
  await whoIs(session);
  await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
  assert.equal((await refusal(whoIs(session))).code, 'InvalidClientTokenId');
  iam.destroy();
});

test('a root’s session is the root, for an hour at most', async () => {
  const session = await temporary(server.credentials);
  assert.ok(session.seconds <= 3600);
  assert.equal(await whoIs(session), 'arn:aws:iam::123456789012:root');
  const iam = iamClient(server, session);
  await iam.send(new ListUsersCommand({}));
  iam.destroy();
  assert.equal((await refusal(temporary(server.credentials, 7200))).code, 'ValidationError');
});

test('a session gets no further one', async () => {
  const session = await temporary(await makeUser(server, 'chained'));
  assert.equal((await refusal(temporary(session))).code, 'AccessDenied');
});
