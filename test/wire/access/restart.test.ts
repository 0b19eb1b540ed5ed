// What a client was given is good after a restart, and after a process that died without a word.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { CreateRoleCommand, DeleteAccessKeyCommand, UpdateAccessKeyCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import {
  type ClientCredentials,
  iamClient,
  makeUser,
  refusal,
  stsClient,
  trust,
} from '../../helpers/access-clients.ts';
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
