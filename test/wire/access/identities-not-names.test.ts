// Policies hold identities: whoever gets the name of a user or a role that was deleted gets nothing of what policies gave
// to that one. Through the APIs that take policies.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  GetRoleCommand,
  type IAMClient,
  ListRolesCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  SimulatePrincipalPolicyCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateUserCommand,
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
import { apiClient } from '../../helpers/api-client.ts';
import { makeAccount, resourcePolicyText } from '../../helpers/principals.ts';
import { startServer, type TestServer } from '../../helpers/start-server.ts';

const account = '123456789012';
const userArn = (name: string) => `arn:aws:iam::${account}:user/${name}`;
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

const api = (credentials: ClientCredentials) =>
  apiClient({ url: server.url, region: server.region, credentials });

async function assume(credentials: ClientCredentials, RoleArn: string, RoleSessionName = 'build-7') {
  const sts = stsClient(server, credentials);
  try {
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName }));
    return {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    };
  } finally {
    sts.destroy();
  }
}

async function makeRole(RoleName: string, AssumeRolePolicyDocument: string): Promise<string> {
  return (await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))).Role?.Arn ?? '';
}

async function trustOf(RoleName: string): Promise<string> {
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  return decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '');
}

const idOf = async (name: string, kind: 'user' | 'role' = 'user') =>
  kind === 'user'
    ? (await server.access.iam.users.get(account, name)).id
    : (await server.access.iam.roles.get(account, name)).id;

/** Deletes the user with its keys and inline policies, and makes another one of its name. */
async function replaceUser(name: string): Promise<ClientCredentials> {
  await deleteUser(name);
  return makeUser(server, name);
}

async function deleteUser(name: string): Promise<void> {
  const owner = { kind: 'user', accountId: account, name } as const;
  for (const { id } of await server.access.iam.accessKeys.list(owner))
    await server.access.iam.accessKeys.delete(owner, id);
  await iam.send(new DeleteUserCommand({ UserName: name }));
}

test('who may only make users and keys does not become an administrator by the name of one that was deleted', async () => {
  await makeUser(server, 'releaser');
  const admin = await makeRole('admin', trust(userArn('releaser')));
  await iam.send(
    new PutRolePolicyCommand({ RoleName: 'admin', PolicyName: 'all', PolicyDocument: policy(allow('*')) }),
  );
  await deleteUser('releaser');
  const PolicyDocument = policy(allow('ecr:GetAuthorizationToken'));
  await iam.send(new CreatePolicyCommand({ PolicyName: 'nothing', PolicyDocument }));
  const PermissionsBoundary = `arn:aws:iam::${account}:policy/nothing`;
  const Condition = { StringEquals: { 'iam:PermissionsBoundary': PermissionsBoundary } };
  const desk = await makeUser(server, 'desk');
  await iam.send(
    new PutUserPolicyCommand({
      UserName: 'desk',
      PolicyName: 'people',
      PolicyDocument: policy({ ...allow('iam:CreateUser'), Condition }, allow('iam:CreateAccessKey')),
    }),
  );
  const theirs = iamClient(server, desk);
  await theirs.send(new CreateUserCommand({ UserName: 'releaser', PermissionsBoundary }));
  const { AccessKey } = await theirs.send(new CreateAccessKeyCommand({ UserName: 'releaser' }));
  theirs.destroy();
  const again = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  };
  assert.equal((await refusal(assume(again, admin))).code, 'AccessDenied');
});

test('a trust policy is read as it was put, with the id of who is gone', async () => {
  const first = await makeUser(server, 'shown');
  const id = await idOf('shown');
  const document = ` { "Statement" :\n[${JSON.stringify({
    Principal: { AWS: [userArn('shown'), account, '*'] },
    Sid: 'Odd',
    Effect: 'Allow',
    Action: 'sts:AssumeRole',
    Condition: { ArnLike: { 'aws:PrincipalArn': userArn('shown') } },
  })}],\t"Version":"2012-10-17" }`;
  const arn = await makeRole('showing', document);
  assert.equal(await trustOf('showing'), document);
  await assume(first, arn);
  await deleteUser('shown');
  assert.equal(await trustOf('showing'), document.replace(`"${userArn('shown')}"`, `"${id}"`));
  const { Roles = [] } = await iam.send(new ListRolesCommand({}));
  const listed = Roles.find(({ RoleName }) => RoleName === 'showing');
  assert.ok(decodeURIComponent(listed?.AssumeRolePolicyDocument ?? '').includes(`"${id}"`));
});

test('a name gives its new owner nothing, on every resource that has a policy', async () => {
  const other = await makeAccount(server);
  for (const [name, who] of [
    ['own', server],
    ['strange', other],
  ] as const) {
    const accountId = who.accountId;
    const identity = { kind: 'user', accountId, name } as const;
    const users = server.access.iam;
    const arn = `arn:aws:iam::${accountId}:user/${name}`;
    const make = async () => {
      await users.users.create({ accountId, name });
      // What the identity itself may is not what is asked here.
      const document = policy(allow(['ecr:ListImages', 'signer:GetSigningProfile']));
      if (who === other) await users.inlinePolicies.put(identity, 'own', document);
      const { key, secretAccessKey } = await users.accessKeys.create(identity);
      return api({ accessKeyId: key.id, secretAccessKey });
    };
    const before = await make();
    const repositoryName = `team/${name}`;
    const registryName = `team/${name}-registry`;
    await server.ecr('CreateRepository', { repositoryName });
    await server.ecr('CreateRepository', { repositoryName: registryName });
    const Principal = { AWS: arn };
    const policyText = resourcePolicyText({ Principal, Action: 'ecr:ListImages' });
    const set = await server.ecr('SetRepositoryPolicy', { repositoryName, policyText });
    assert.equal(set.body['policyText'], policyText);
    const ofRegistry = resourcePolicyText({
      Principal,
      Action: 'ecr:ListImages',
      Resource: `arn:aws:ecr:${server.region}:${account}:repository/${registryName}`,
    });
    const put = await server.ecr('PutRegistryPolicy', { policyText: ofRegistry });
    assert.equal(put.body['policyText'], ofRegistry);
    const profile = `/signing-profiles/${name}_profile`;
    await server.signer('PUT', profile, { platformId: 'Notation-OCI-SHA384-ECDSA' });
    const permission = { action: 'signer:GetSigningProfile', principal: arn, statementId: 'one' };
    assert.equal((await server.signer('POST', `${profile}/permissions`, permission)).status, 200);

    const asked = async (by: typeof before) => [
      (await by.ecr('ListImages', { registryId: account, repositoryName })).status,
      (await by.ecr('ListImages', { registryId: account, repositoryName: registryName })).status,
      (await by.signer('GET', `${profile}?profileOwner=${account}`)).status,
    ];
    assert.deepEqual(await asked(before), [200, 200, 200], name);

    const { id } = await users.users.get(accountId, name);
    for (const { id: key } of await users.accessKeys.list(identity))
      await users.accessKeys.delete(identity, key);
    if (who === other) await users.inlinePolicies.delete(identity, 'own');
    await users.users.delete(accountId, name);
    const shown = async () => [
      (await server.ecr('GetRepositoryPolicy', { repositoryName })).body['policyText'],
      (await server.ecr('GetRegistryPolicy', {})).body['policyText'],
      ((await server.signer('GET', `${profile}/permissions`)).body['permissions'] as object[])[0],
    ];
    const gone = [policyText.replace(arn, id), ofRegistry.replace(arn, id), { ...permission, principal: id }];
    assert.deepEqual(await shown(), gone, name);

    const afterwards = await make();
    assert.deepEqual(await asked(afterwards), [400, 400, 403], name);
    assert.deepEqual(await shown(), gone, name);
    // Another permission is given without a word about the one that is nobody's.
    const more = { action: 'signer:SignPayload', principal: arn, statementId: 'two' };
    assert.equal((await server.signer('POST', `${profile}/permissions`, more)).status, 200);
  }
});

test('who does not exist is refused when the policy is put, in the words of each API', async () => {
  const nobody = userArn('nobody');
  for (const principal of [
    nobody,
    `arn:aws:iam::${account}:role/nobody`,
    `arn:aws:sts::${account}:assumed-role/nobody/session`,
    'arn:aws:iam::999999999999:user/nobody',
    'AIDAAAAAAAAAAAAAAAAAA',
    'AROAAAAAAAAAAAAAAAAAA:session',
  ]) {
    const refused = await refusal(makeRole('never', trust([account, principal])));
    assert.deepEqual([refused.code, refused.status], ['MalformedPolicyDocument', 400]);
    assert.equal(refused.message, `Invalid principal in policy: "AWS":"${principal}"`);
  }
  await makeRole('stays', trust(account));
  const update = new UpdateAssumeRolePolicyCommand({ RoleName: 'stays', PolicyDocument: trust(nobody) });
  assert.equal((await refusal(iam.send(update))).code, 'MalformedPolicyDocument');
  assert.equal(await trustOf('stays'), trust(account));

  const repositoryName = 'team/refused';
  await server.ecr('CreateRepository', { repositoryName });
  const policyText = resourcePolicyText({ Principal: { AWS: nobody }, Action: 'ecr:ListImages' });
  const { status, body } = await server.ecr('SetRepositoryPolicy', { repositoryName, policyText });
  assert.deepEqual([status, body['__type']], [400, 'InvalidParameterException']);
  assert.match(
    String(body['message']),
    /'PolicyText' .*Invalid repository policy provided: Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:user\/nobody"/,
  );
  assert.equal((await server.ecr('GetRepositoryPolicy', { repositoryName })).status, 400);
  const registryText = resourcePolicyText({
    Principal: { AWS: nobody },
    Action: 'ecr:ListImages',
    Resource: '*',
  });
  const registry = await server.ecr('PutRegistryPolicy', { policyText: registryText });
  assert.equal(registry.body['__type'], 'InvalidParameterException');

  await server.signer('PUT', '/signing-profiles/refusing', { platformId: 'Notation-OCI-SHA384-ECDSA' });
  const permission = { action: 'signer:SignPayload', principal: nobody, statementId: 'one' };
  const refused = await server.signer('POST', '/signing-profiles/refusing/permissions', permission);
  assert.equal(refused.status, 400);
  assert.match(String(refused.body['message']), /^Principal is not a valid AWS account id or IAM Role Arn/);
});

test('names are exact: the letters in which a user was made, and its path', async () => {
  await iam.send(new CreateUserCommand({ UserName: 'Exact', Path: '/a/b/' }));
  for (const name of ['Exact', 'a/b/exact', 'a/Exact'])
    assert.equal((await refusal(makeRole('never', trust(userArn(name))))).code, 'MalformedPolicyDocument');
  await makeRole('exact', trust(userArn('a/b/Exact')));
});

test('a new name or path changes nothing for who has it', async () => {
  const moving = await makeUser(server, 'moving');
  const arn = await makeRole('moved', trust(userArn('moving')));
  await iam.send(new UpdateUserCommand({ UserName: 'moving', NewUserName: 'there', NewPath: '/far/' }));
  await assume(moving, arn);
  assert.equal(await trustOf('moved'), trust(userArn('far/there')));
  const squatter = await makeUser(server, 'moving');
  assert.equal((await refusal(assume(squatter, arn))).code, 'AccessDenied');
});

test('roles and sessions of roles are identities as well', async () => {
  const builder = await makeUser(server, 'builder');
  const role = await makeRole('worker', trust(userArn('builder')));
  const id = await idOf('worker', 'role');
  const sessionArn = (session: string) => `arn:aws:sts::${account}:assumed-role/worker/${session}`;
  const byRole = await makeRole('by-role', trust(role));
  const bySession = await makeRole('by-session', trust(sessionArn('one')));
  assert.equal(await trustOf('by-session'), trust(sessionArn('one')));
  const one = await assume(builder, role, 'one');
  const two = await assume(builder, role, 'two');
  await assume(one, byRole);
  await assume(one, bySession);
  await assume(two, byRole);
  assert.equal((await refusal(assume(two, bySession))).code, 'AccessDenied');
  await iam.send(new DeleteRoleCommand({ RoleName: 'worker' }));
  assert.equal(await trustOf('by-role'), trust(id));
  assert.equal(await trustOf('by-session'), trust(`${id}:one`));
  await makeRole('worker', trust(userArn('builder')));
  const again = await assume(builder, role, 'one');
  for (const arn of [byRole, bySession])
    assert.equal((await refusal(assume(again, arn))).code, 'AccessDenied');
});

test('an id is taken for who has it, and read back as the ARN', async () => {
  await makeUser(server, 'by-id');
  await makeRole('of-id', trust(await idOf('by-id')));
  assert.equal(await trustOf('of-id'), trust(userArn('by-id')));
});

test('a denial goes with the identity, and who is spared by one is spared as this identity', async () => {
  const repositoryName = 'team/denying';
  await server.ecr('CreateRepository', { repositoryName });
  const rights = policy(allow('ecr:ListImages'));
  const give = (UserName: string) =>
    iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'list', PolicyDocument: rights }));
  const take = (UserName: string) => iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: 'list' }));
  const first = await makeUser(server, 'spared');
  await give('spared');
  const policyText = resourcePolicyText({
    Effect: 'Deny',
    Principal: undefined,
    NotPrincipal: { AWS: [userArn('spared'), account] },
    Action: 'ecr:ListImages',
  });
  const set = await server.ecr('SetRepositoryPolicy', { repositoryName, policyText, force: true });
  assert.equal(set.status, 200, JSON.stringify(set.body));
  assert.equal((await api(first).ecr('ListImages', { repositoryName })).status, 200);
  await take('spared');
  const second = await replaceUser('spared');
  await give('spared');
  assert.equal((await api(second).ecr('ListImages', { repositoryName })).status, 400);
});

test('a policy that is put while its user is deleted holds that user or is refused, never the next one', async () => {
  for (let round = 0; round < 20; round += 1) {
    const name = `racing-${round}`;
    await iam.send(new CreateUserCommand({ UserName: name }));
    const id = await idOf(name);
    const [made] = await Promise.allSettled([
      makeRole(name, trust(userArn(name))),
      iam.send(new DeleteUserCommand({ UserName: name })),
    ]);
    await iam.send(new CreateUserCommand({ UserName: name }));
    if (made.status === 'fulfilled') assert.equal(await trustOf(name), trust(id));
    else assert.match(String(made.reason), /Invalid principal in policy/);
  }
});

test('a simulation with a resource policy decides by identity too', async () => {
  await makeUser(server, 'simulated');
  const simulate = async (name: string) => {
    const ResourcePolicy = resourcePolicyText({
      Principal: { AWS: userArn(name) },
      Action: 'ecr:ListImages',
    });
    const command = new SimulatePrincipalPolicyCommand({
      PolicySourceArn: userArn('simulated'),
      ActionNames: ['ecr:ListImages'],
      ResourceArns: [`arn:aws:ecr:us-east-1:${account}:repository/team/app`],
      ResourcePolicy,
    });
    return (await iam.send(command)).EvaluationResults?.[0]?.EvalDecision;
  };
  assert.equal(await simulate('simulated'), 'allowed');
  assert.equal(await simulate('nobody-at-all'), 'implicitDeny');
});
