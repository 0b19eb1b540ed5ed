// Calls of IAM and STS: who got which credentials is in the trail, the credentials are not.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CreateRoleCommand, PutUserPolicyCommand, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { allow, iamClient, makeUser, policy, stsClient, trust } from '../../helpers/access-clients.ts';
import { apiClient } from '../../helpers/api-client.ts';
import { auditedEvents } from '../../helpers/audit-trail.ts';
import { startServer, type TestServer } from '../../helpers/start-server.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.close());

test('names keys and sessions that were given out, and holds no secret of them', async () => {
  const iam = iamClient(server);
  const user = await makeUser(server, 'deployer');
  const PolicyDocument = policy(allow('sts:AssumeRole'));
  await iam.send(new PutUserPolicyCommand({ UserName: 'deployer', PolicyName: 'assume', PolicyDocument }));
  const AssumeRolePolicyDocument = trust('arn:aws:iam::123456789012:root');
  await iam.send(new CreateRoleCommand({ RoleName: 'release', AssumeRolePolicyDocument }));
  const session = await stsClient(server, user).send(
    new AssumeRoleCommand({ RoleArn: 'arn:aws:iam::123456789012:role/release', RoleSessionName: 'build-7' }),
  );
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = session.Credentials ?? {};

  const [created] = await auditedEvents(server.dataDir, { eventName: 'CreateAccessKey' });
  assert.equal(created?.eventSource, 'iam.amazonaws.com');
  assert.deepEqual(created.requestParameters, { userName: 'deployer' });
  assert.ok(JSON.stringify(created.responseElements).includes(user.accessKeyId));

  const [assumed] = await auditedEvents(server.dataDir, { eventName: 'AssumeRole' });
  assert.equal(assumed?.userIdentity.type, 'IAMUser');
  assert.equal(assumed.userIdentity.userName, 'deployer');
  assert.ok(JSON.stringify(assumed.responseElements).includes(AccessKeyId));
  const roleArn = 'arn:aws:iam::123456789012:role/release';
  assert.equal(assumed.resources?.[0]?.ARN, roleArn);
  // The role trusts the account, so the user's own policy decided.
  assert.deepEqual(assumed.additionalEventData?.decidedBy?.policy, `${assumed.userIdentity.arn}/assume`);

  // What the session may not do names the session, its role and the policy that was missing.
  const client = apiClient({
    url: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: user.accessKeyId, secretAccessKey: user.secretAccessKey },
  });
  assert.equal((await client.ecr('CreateRepository', { repositoryName: 'no/permission' })).status, 400);
  const [denied] = await auditedEvents(server.dataDir, { outcome: 'denied', eventName: 'CreateRepository' });
  assert.equal(denied?.userIdentity.arn, 'arn:aws:iam::123456789012:user/deployer');
  assert.equal(denied.resources?.[0]?.ARN, 'arn:aws:ecr:us-east-1:123456789012:repository/no/permission');

  const folder = join(server.dataDir, 'audit');
  const stored = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  for (const secret of [user.secretAccessKey, SecretAccessKey, SessionToken, PolicyDocument])
    for (const text of stored) assert.ok(secret !== '' && !text.includes(secret));
});

test('names the statement of a trust policy that let somebody in, or kept them out', async () => {
  const iam = iamClient(server);
  const user = await makeUser(server, 'trusted');
  const userArn = 'arn:aws:iam::123456789012:user/trusted';
  const statement = { Principal: { AWS: userArn }, Action: 'sts:AssumeRole' };
  const asked = { RoleArn: 'arn:aws:iam::123456789012:role/kept', RoleSessionName: 'one' };
  const AssumeRolePolicyDocument = policy({ Sid: 'LetIn', Effect: 'Allow', ...statement });
  await iam.send(new CreateRoleCommand({ RoleName: 'kept', AssumeRolePolicyDocument }));
  await stsClient(server, user).send(new AssumeRoleCommand(asked));
  const PolicyDocument = policy({ Sid: 'KeepOut', Effect: 'Deny', ...statement });
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'kept', PolicyDocument }));
  await assert.rejects(stsClient(server, user).send(new AssumeRoleCommand(asked)), /not authorized/);
  const events = await auditedEvents(server.dataDir, { eventName: 'AssumeRole' });
  const ofUser = events.filter(({ userIdentity }) => userIdentity.arn === userArn);
  assert.deepEqual(
    ofUser.map(({ errorCode, additionalEventData }) => [errorCode, additionalEventData?.decidedBy]),
    [
      [undefined, { type: 'resource-based policy', policy: asked.RoleArn, statement: 'LetIn' }],
      ['AccessDenied', { type: 'resource-based policy', policy: asked.RoleArn, statement: 'KeepOut' }],
    ],
  );
});
