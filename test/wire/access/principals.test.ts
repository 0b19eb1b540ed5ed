// Users, roles and their policies, end to end: what they may on the API and on /v2, and that it stops when it must.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ECRClient, GetAuthorizationTokenCommand, PutImageCommand } from '@aws-sdk/client-ecr';
import {
  AttachUserPolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachUserPolicyCommand,
  type IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
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
import { image } from '../../helpers/images.ts';
import { startServer, type TestServer } from '../../helpers/start-server.ts';

const account = '123456789012';
const repository = (name: string) => `arn:aws:ecr:us-east-1:${account}:repository/${name}`;
const pull = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchCheckLayerAvailability'];
const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
let server: TestServer;
let iam: IAMClient;
before(async () => {
  server = await startServer({ clock });
  iam = iamClient(server);
  for (const repositoryName of ['team/app', 'other']) {
    await server.ecr('CreateRepository', { repositoryName });
    await server.pushImage(repositoryName, 'v1', image());
  }
});
after(async () => {
  iam.destroy();
  await server.close();
});

async function login(
  credentials: ClientCredentials,
): Promise<{ readonly authorization: string; readonly expiresAt: number }> {
  const ecr = new ECRClient({ endpoint: server.url, region: 'us-east-1', credentials, maxAttempts: 1 });
  try {
    const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
    const [data] = authorizationData ?? [];
    return {
      authorization: `Basic ${data?.authorizationToken}`,
      expiresAt: data?.expiresAt?.getTime() ?? 0,
    };
  } finally {
    ecr.destroy();
  }
}

async function manifest(authorization: string, name: string): Promise<number> {
  const answer = await fetch(`${server.url}/v2/${name}/manifests/v1`, {
    headers: { authorization, accept: '*/*' },
  });
  await answer.arrayBuffer();
  return answer.status;
}

const inline = (UserName: string, document: string) =>
  iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument: document }));

async function assume(credentials: ClientCredentials, more: object): Promise<ClientCredentials> {
  const sts = stsClient(server, credentials);
  try {
    const input = { RoleArn: `arn:aws:iam::${account}:role/puller`, RoleSessionName: 'job', ...more };
    const { Credentials } = await sts.send(new AssumeRoleCommand(input));
    return {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    };
  } finally {
    sts.destroy();
  }
}

test('a user pulls what its policy names, and nothing else, for as long as it has the policy', async () => {
  const user = await makeUser(server, 'puller');
  assert.equal((await refusal(login(user))).code, 'AccessDeniedException');
  await inline('puller', policy(allow('ecr:GetAuthorizationToken'), allow(pull, repository('team/*'))));
  const { authorization } = await login(user);
  assert.equal(await manifest(authorization, 'team/app'), 200);
  assert.equal(await manifest(authorization, 'other'), 403);
  const put = new PutImageCommand({ repositoryName: 'team/app', imageManifest: '{}' });
  const ecr = new ECRClient({ endpoint: server.url, region: 'us-east-1', credentials: user, maxAttempts: 1 });
  assert.equal((await refusal(ecr.send(put))).code, 'AccessDeniedException');
  ecr.destroy();
  await inline('puller', policy(allow('ecr:GetAuthorizationToken')));
  assert.equal(await manifest(authorization, 'team/app'), 403, 'the login is good, the permission is gone');
});

test('policies that every account finds ready do what their names say', async () => {
  const user = await makeUser(server, 'reader');
  const PolicyArn = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly';
  await iam.send(new AttachUserPolicyCommand({ UserName: 'reader', PolicyArn }));
  const { authorization } = await login(user);
  assert.equal(await manifest(authorization, 'other'), 200);
  await iam.send(new DetachUserPolicyCommand({ UserName: 'reader', PolicyArn }));
  assert.equal(await manifest(authorization, 'other'), 403);
});

test('a login stops at once when its key is inactive', async () => {
  const user = await makeUser(server, 'stopped');
  await inline('stopped', policy(allow('ecr:*')));
  const { authorization } = await login(user);
  assert.equal(await manifest(authorization, 'team/app'), 200);
  const set = (Status: 'Active' | 'Inactive') =>
    iam.send(new UpdateAccessKeyCommand({ UserName: 'stopped', AccessKeyId: user.accessKeyId, Status }));
  await set('Inactive');
  assert.equal(await manifest(authorization, 'team/app'), 401);
  await set('Active');
  assert.equal(await manifest(authorization, 'team/app'), 200);
});

test('a session’s login ends with the session, and stops with its role', async () => {
  const user = await makeUser(server, 'assumer');
  const AssumeRolePolicyDocument = trust(`arn:aws:iam::${account}:user/assumer`);
  const RoleName = 'puller';
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  const named = { RoleName, PolicyName: 'all' };
  await iam.send(new PutRolePolicyCommand({ ...named, PolicyDocument: policy(allow('ecr:*')) }));
  const session = await login(await assume(user, { DurationSeconds: 900 }));
  assert.ok(Math.abs(session.expiresAt - (clock.now() + 900_000)) < 60_000, 'not twelve hours');
  assert.equal(await manifest(session.authorization, 'team/app'), 200);
  clock.ahead = 901_000;
  assert.equal(await manifest(session.authorization, 'team/app'), 401);
  clock.ahead = 0;
  // A session policy leaves what both allow.
  const Policy = policy(allow('ecr:GetAuthorizationToken'), allow(pull, repository('team/*')));
  const limited = await login(await assume(user, { Policy }));
  assert.equal(await manifest(limited.authorization, 'team/app'), 200);
  assert.equal(await manifest(limited.authorization, 'other'), 403);
  await iam.send(new DeleteRolePolicyCommand(named));
  assert.equal(await manifest(limited.authorization, 'team/app'), 403);
  await iam.send(new DeleteRoleCommand({ RoleName }));
  assert.equal(await manifest(limited.authorization, 'team/app'), 401);
});

test('who may make users below a boundary makes no others, and none above it', async () => {
  const delegate = await makeUser(server, 'delegate');
  const boundary = new CreatePolicyCommand({
    PolicyName: 'developers',
    PolicyDocument: policy(allow('ecr:GetAuthorizationToken'), allow(pull, repository('team/*'))),
  });
  const PermissionsBoundary = (await iam.send(boundary)).Policy?.Arn ?? '';
  const Condition = { StringEquals: { 'iam:PermissionsBoundary': PermissionsBoundary } };
  const mine = `arn:aws:iam::${account}:user/dev-*`;
  await inline(
    'delegate',
    policy(
      { ...allow(['iam:CreateUser', 'iam:PutUserPolicy', 'iam:AttachUserPolicy'], mine), Condition },
      allow('iam:CreateAccessKey', mine),
    ),
  );
  const client = iamClient(server, delegate);
  const code = async (call: Promise<unknown>) => (await refusal(call)).code;
  assert.equal(await code(client.send(new CreateUserCommand({ UserName: 'dev-free' }))), 'AccessDenied');
  await client.send(new CreateUserCommand({ UserName: 'dev-1', PermissionsBoundary }));
  const everything = { PolicyName: 'all', PolicyDocument: policy(allow('*')) };
  await client.send(new PutUserPolicyCommand({ UserName: 'dev-1', ...everything }));
  // A user that was made without the boundary is not the delegate's to give rights to.
  await iam.send(new CreateUserCommand({ UserName: 'dev-2' }));
  const give = client.send(new PutUserPolicyCommand({ UserName: 'dev-2', ...everything }));
  assert.equal(await code(give), 'AccessDenied');
  const administrator = 'arn:aws:iam::aws:policy/AdministratorAccess';
  const attach = new AttachUserPolicyCommand({ UserName: 'dev-2', PolicyArn: administrator });
  assert.equal(await code(client.send(attach)), 'AccessDenied');
  client.destroy();
});

test('a policy may say which policies somebody attaches, and how users must be tagged', async () => {
  const helper = await makeUser(server, 'helper');
  const readOnly = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly';
  await inline(
    'helper',
    policy(
      { ...allow('iam:AttachUserPolicy'), Condition: { ArnEquals: { 'iam:PolicyARN': readOnly } } },
      {
        ...allow(['iam:CreateUser', 'iam:TagUser']),
        Condition: { StringEquals: { 'aws:RequestTag/team': 'blue' } },
      },
      { ...allow('iam:DeleteUser'), Condition: { StringEquals: { 'aws:ResourceTag/team': 'blue' } } },
    ),
  );
  const client = iamClient(server, helper);
  const attach = (PolicyArn: string) =>
    client.send(new AttachUserPolicyCommand({ UserName: 'helper', PolicyArn }));
  await attach(readOnly);
  const administrator = 'arn:aws:iam::aws:policy/AdministratorAccess';
  assert.equal((await refusal(attach(administrator))).code, 'AccessDenied');
  const create = (UserName: string, team: string) =>
    client.send(new CreateUserCommand({ UserName, Tags: [{ Key: 'team', Value: team }] }));
  assert.equal((await refusal(create('red-1', 'red'))).code, 'AccessDenied');
  await create('blue-1', 'blue');
  client.destroy();
});
