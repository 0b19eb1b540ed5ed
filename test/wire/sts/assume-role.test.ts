import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  GetRoleCommand,
  type IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  GetCallerIdentityCommand,
} from '@aws-sdk/client-sts';
import {
  allow,
  allowPull,
  type ClientCredentials,
  iamClient,
  makeUser,
  policy,
  refusal,
  stsClient,
  trust,
} from '../../helpers/access-clients.ts';
import { startServer, type TestServer } from '../../helpers/start-server.ts';

const account = '123456789012';
const clock = { time: Date.now(), now: () => clock.time };
let server: TestServer;
let iam: IAMClient;
let caller: ClientCredentials;
before(async () => {
  server = await startServer({ clock });
  iam = iamClient(server);
  caller = await makeUser(server, 'caller');
});
after(async () => {
  iam.destroy();
  await server.close();
});

const callerArn = `arn:aws:iam::${account}:user/caller`;
async function makeRole(RoleName: string, document = trust(callerArn), more: object = {}): Promise<string> {
  const command = new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: document, ...more });
  return (await iam.send(command)).Role?.Arn ?? '';
}

async function assume(
  RoleArn: string,
  more: Partial<AssumeRoleCommandInput> = {},
  credentials: ClientCredentials = caller,
) {
  const sts = stsClient(server, credentials);
  try {
    return await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'build-7', ...more }));
  } finally {
    sts.destroy();
  }
}

function credentialsOf({ Credentials }: Awaited<ReturnType<typeof assume>>): ClientCredentials {
  assert.ok(Credentials?.AccessKeyId && Credentials.SecretAccessKey && Credentials.SessionToken);
  return {
    accessKeyId: Credentials.AccessKeyId,
    secretAccessKey: Credentials.SecretAccessKey,
    sessionToken: Credentials.SessionToken,
  };
}

async function whoIs(credentials: ClientCredentials) {
  const sts = stsClient(server, credentials, clock.time - Date.now());
  try {
    return await sts.send(new GetCallerIdentityCommand({}));
  } finally {
    sts.destroy();
  }
}

test('whom the trust policy names gets credentials of a session, until they end', async () => {
  const arn = await makeRole('builder', trust(callerArn), { Path: '/ci/' });
  const answer = await assume(arn, { DurationSeconds: 900 });
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'builder' }));
  assert.deepEqual(answer.AssumedRoleUser, {
    AssumedRoleId: `${Role?.RoleId}:build-7`,
    Arn: `arn:aws:sts::${account}:assumed-role/builder/build-7`,
  });
  const credentials = credentialsOf(answer);
  assert.match(credentials.accessKeyId, /^ASIA[A-Z2-7]{16}$/);
  assert.equal(answer.Credentials?.Expiration?.getTime(), Math.floor(clock.time / 1000 + 900) * 1000);
  const who = await whoIs(credentials);
  assert.equal(who.Arn, answer.AssumedRoleUser?.Arn);
  assert.equal(who.UserId, answer.AssumedRoleUser?.AssumedRoleId);
  // Without the token, and with another one, the key is nobody's.
  const { sessionToken, ...bare } = credentials;
  assert.equal((await refusal(whoIs(bare))).code, 'InvalidClientTokenId');
  const forged = {
    ...bare,
    sessionToken: `${sessionToken?.slice(0, -1)}${sessionToken?.endsWith('A') ? 'B' : 'A'}`,
  };
  assert.equal((await refusal(whoIs(forged))).code, 'InvalidClientTokenId');
});

test('credentials end when their time is over, and say so', async () => {
  const credentials = credentialsOf(await assume(await makeRole('short'), { DurationSeconds: 900 }));
  const started = clock.time;
  try {
    clock.time += 898_000;
    await whoIs(credentials);
    clock.time += 3000;
    assert.match((await refusal(whoIs(credentials))).code, /^ExpiredToken/);
  } finally {
    clock.time = started;
  }
});

test('credentials stop at once when their role is deleted', async () => {
  const credentials = credentialsOf(await assume(await makeRole('gone')));
  await whoIs(credentials);
  await iam.send(new DeleteRoleCommand({ RoleName: 'gone' }));
  assert.equal((await refusal(whoIs(credentials))).code, 'InvalidClientTokenId');
  // A new role of that name is another one.
  await makeRole('gone');
  assert.equal((await refusal(whoIs(credentials))).code, 'InvalidClientTokenId');
});

test('an unknown role and one that trusts somebody else are refused in the same words', async () => {
  const arn = await makeRole('distrusts', trust(await makeRole('trusted-instead')));
  const refused = await refusal(assume(arn));
  assert.deepEqual([refused.code, refused.status], ['AccessDenied', 403]);
  const unknown = await refusal(assume(`${arn}-not`));
  assert.deepEqual({ ...unknown, message: unknown.message.replace('distrusts-not', 'distrusts') }, refused);
  assert.match(
    refused.message,
    /^User: .*:user\/caller is not authorized to perform: sts:AssumeRole on resource: /,
  );
});

test('a trust in the whole account leaves it to the account’s policies', async () => {
  const arn = await makeRole('delegated', trust(`arn:aws:iam::${account}:root`));
  assert.equal((await refusal(assume(arn))).code, 'AccessDenied');
  const PolicyDocument = policy(allow('sts:AssumeRole', arn));
  await iam.send(new PutUserPolicyCommand({ UserName: 'caller', PolicyName: 'assume', PolicyDocument }));
  await assume(arn);
  const denied = policy({ Effect: 'Deny', Action: 'sts:*', Resource: '*' });
  await iam.send(
    new PutUserPolicyCommand({ UserName: 'caller', PolicyName: 'never', PolicyDocument: denied }),
  );
  assert.equal((await refusal(assume(await makeRole('named')))).code, 'AccessDenied');
  await iam.send(
    new PutUserPolicyCommand({ UserName: 'caller', PolicyName: 'never', PolicyDocument: allowPull }),
  );
});

test('an external id, a session name and tags are conditions', async () => {
  const condition = (Condition: object) => trust(callerArn, { Condition });
  const external = await makeRole('external', condition({ StringEquals: { 'sts:ExternalId': 'abc' } }));
  assert.equal((await refusal(assume(external))).code, 'AccessDenied');
  assert.equal((await refusal(assume(external, { ExternalId: 'abcd' }))).code, 'AccessDenied');
  await assume(external, { ExternalId: 'abc' });
  const named = await makeRole('by-name', condition({ StringLike: { 'sts:RoleSessionName': 'release-*' } }));
  assert.equal((await refusal(assume(named))).code, 'AccessDenied');
  await assume(named, { RoleSessionName: 'release-1' });
  // Tags need a permission of their own.
  const tags = { Tags: [{ Key: 'team', Value: 'blue' }] };
  assert.equal(
    (await refusal(assume(named, { RoleSessionName: 'release-1', ...tags }))).code,
    'AccessDenied',
  );
  const tagging = policy({
    Effect: 'Allow',
    Principal: { AWS: callerArn },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
    Condition: { StringEquals: { 'aws:RequestTag/team': 'blue' } },
  });
  const tagged = await makeRole('tagged', tagging);
  const answer = await assume(tagged, tags);
  assert.ok((answer.PackedPolicySize ?? 0) > 0);
  assert.equal(
    (await refusal(assume(tagged, { Tags: [{ Key: 'team', Value: 'red' }] }))).code,
    'AccessDenied',
  );
});

test('the length of a session is bounded by the role, and in a chain by an hour', async () => {
  const firstArn = await makeRole('first');
  const arn = await makeRole('long', trust([callerArn, firstArn]), {
    MaxSessionDuration: 7200,
  });
  await assume(arn, { DurationSeconds: 7200 });
  const over = await refusal(assume(arn, { DurationSeconds: 7201 }));
  assert.deepEqual([over.code, over.status], ['ValidationError', 400]);
  assert.equal((await refusal(assume(arn, { DurationSeconds: 60 }))).code, 'ValidationError');
  const first = credentialsOf(await assume(firstArn));
  await assume(arn, { DurationSeconds: 3600 }, first);
  assert.equal((await refusal(assume(arn, { DurationSeconds: 3601 }, first))).code, 'ValidationError');
});

test('session policies are checked', async () => {
  const arn = await makeRole('limited');
  const PolicyArn = (
    await iam.send(new CreatePolicyCommand({ PolicyName: 'session', PolicyDocument: allowPull }))
  ).Policy?.Arn;
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'limited', PolicyArn }));
  await assume(arn, { Policy: allowPull, PolicyArns: [{ arn: PolicyArn }] });
  assert.equal((await refusal(assume(arn, { Policy: '{}' }))).code, 'MalformedPolicyDocument');
  const large = policy(allow(Array.from({ length: 200 }, (_, n) => `ecr:Long${n}Name`)));
  assert.equal((await refusal(assume(arn, { Policy: large }))).code, 'PackedPolicyTooLarge');
  const unknown = [{ arn: `arn:aws:iam::${account}:policy/nothing` }];
  assert.equal((await refusal(assume(arn, { PolicyArns: unknown }))).code, 'ValidationError');
});

test('an account’s root assumes no role, and a second factor is not offered', async () => {
  const arn = await makeRole('anybody', trust('*'));
  assert.equal((await refusal(assume(arn, {}, server.credentials))).code, 'AccessDenied');
  const mfa = { SerialNumber: `arn:aws:iam::${account}:mfa/x`, TokenCode: '123456' };
  assert.equal((await refusal(assume(arn, mfa))).code, 'ValidationError');
});
