import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  type IAMClient,
  ListAccessKeysCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { iamClient, makeUser, refusal, stsClient } from '../../helpers/access-clients.ts';
import { startServer, type TestServer } from '../../helpers/start-server.ts';

let server: TestServer;
let iam: IAMClient;
before(async () => {
  server = await startServer();
  iam = iamClient(server);
});
after(async () => {
  iam.destroy();
  await server.close();
});

test('a key works, stops at once when it is inactive, works again, and is gone when deleted', async () => {
  const credentials = await makeUser(server, 'keyed');
  const AccessKeyId = credentials.accessKeyId;
  const sts = stsClient(server, credentials);
  const ask = () => sts.send(new GetCallerIdentityCommand({}));
  assert.equal((await ask()).Arn, 'arn:aws:iam::123456789012:user/keyed');
  const set = (Status: 'Active' | 'Inactive') =>
    iam.send(new UpdateAccessKeyCommand({ UserName: 'keyed', AccessKeyId, Status }));
  await set('Inactive');
  const refused = await refusal(ask());
  assert.deepEqual([refused.code, refused.status], ['InvalidClientTokenId', 403]);
  await set('Active');
  await ask();
  await iam.send(new DeleteAccessKeyCommand({ UserName: 'keyed', AccessKeyId }));
  assert.equal((await refusal(ask())).code, 'InvalidClientTokenId');
  sts.destroy();
});

test('the secret is told once; a user has two keys', async () => {
  const UserName = 'pair';
  await iam.send(new CreateUserCommand({ UserName }));
  const first = await iam.send(new CreateAccessKeyCommand({ UserName }));
  assert.match(first.AccessKey?.SecretAccessKey ?? '', /^[A-Za-z0-9+/]{40}$/);
  await iam.send(new CreateAccessKeyCommand({ UserName }));
  const third = await refusal(iam.send(new CreateAccessKeyCommand({ UserName })));
  assert.deepEqual(third, {
    code: 'LimitExceeded',
    status: 409,
    message: 'Cannot exceed quota for AccessKeysPerUser: 2',
  });
  const { AccessKeyMetadata, IsTruncated } = await iam.send(new ListAccessKeysCommand({ UserName }));
  assert.equal(IsTruncated, false);
  assert.equal(AccessKeyMetadata?.length, 2);
  for (const key of AccessKeyMetadata ?? []) {
    assert.deepEqual(Object.keys(key).toSorted(), ['AccessKeyId', 'CreateDate', 'Status', 'UserName']);
    assert.equal(key.Status, 'Active');
  }
});

test('a key that was never used says so', async () => {
  const { accessKeyId } = await makeUser(server, 'unused');
  const answer = await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: accessKeyId }));
  assert.equal(answer.UserName, 'unused');
  assert.deepEqual(answer.AccessKeyLastUsed, { ServiceName: 'N/A', Region: 'N/A' });
});

test('what is not one of the two states, not a key, or not the user’s is refused', async () => {
  const { accessKeyId: AccessKeyId } = await makeUser(server, 'strict');
  await iam.send(new CreateUserCommand({ UserName: 'other' }));
  const update = (input: object) =>
    refusal(
      iam.send(new UpdateAccessKeyCommand({ UserName: 'strict', AccessKeyId, Status: 'Inactive', ...input })),
    );
  assert.equal((await update({ Status: 'Expired' })).code, 'ValidationError');
  assert.equal((await update({ UserName: 'other' })).code, 'NoSuchEntity');
  assert.equal((await update({ AccessKeyId: 'AKIANOBODYNOBODYNOBO' })).code, 'NoSuchEntity');
});

test('a wrong secret is a signature that does not match', async () => {
  const { accessKeyId } = await makeUser(server, 'forged');
  const sts = stsClient(server, { accessKeyId, secretAccessKey: 'x'.repeat(40) });
  const refused = await refusal(sts.send(new GetCallerIdentityCommand({})));
  assert.deepEqual([refused.code, refused.status], ['SignatureDoesNotMatch', 403]);
  sts.destroy();
});
