import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { GetUserCommand } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { iamClient, makeUser, refusal, stsClient } from '../../helpers/access-clients.ts';
import { startServer, type TestServer } from '../../helpers/start-server.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.close());

test('tells the root and a user, whatever they may, who they are', async () => {
  const root = stsClient(server);
  const { Account, Arn, UserId } = await root.send(new GetCallerIdentityCommand({}));
  assert.deepEqual(
    { Account, Arn, UserId },
    { Account: '123456789012', Arn: 'arn:aws:iam::123456789012:root', UserId: '123456789012' },
  );
  const user = stsClient(server, await makeUser(server, 'somebody'));
  const iam = iamClient(server);
  const { User } = await iam.send(new GetUserCommand({ UserName: 'somebody' }));
  const who = await user.send(new GetCallerIdentityCommand({}));
  assert.deepEqual([who.Arn, who.UserId], [User?.Arn, User?.UserId]);
  for (const client of [root, user, iam]) client.destroy();
});

test('a key that nobody has is refused', async () => {
  const nobody = stsClient(server, { accessKeyId: 'AKIANOBODYNOBODYNOBO', secretAccessKey: 'x' });
  const refused = await refusal(nobody.send(new GetCallerIdentityCommand({})));
  assert.deepEqual([refused.code, refused.status], ['InvalidClientTokenId', 403]);
  nobody.destroy();
});
