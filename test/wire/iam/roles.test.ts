import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DeletePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  type IAMClient,
  ListAttachedRolePoliciesCommand,
  ListInstanceProfilesForRoleCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from '@aws-sdk/client-iam';
import { allowPull, iamClient, makeUser, refusal, trust } from '../../helpers/access-clients.ts';
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

const account = '123456789012';
const create = (RoleName: string, more: object = {}) =>
  iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust(account), ...more }));

test('the life of a role as Terraform walks it', async () => {
  const RoleName = 'deploy';
  const { Role: made } = await create(RoleName, {
    Path: '/ci/',
    Description: 'deploys <a> & "b"',
    MaxSessionDuration: 7200,
    Tags: [{ Key: 'a', Value: '1' }],
  });
  assert.match(made?.RoleId ?? '', /^AROA[A-Z2-7]{17}$/);
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  assert.equal(Role?.Arn, `arn:aws:iam::${account}:role/ci/deploy`);
  assert.equal(decodeURIComponent(Role.AssumeRolePolicyDocument ?? ''), trust(account));
  assert.equal(Role.MaxSessionDuration, 7200);
  assert.equal(Role.Description, 'deploys <a> & "b"');
  assert.deepEqual(Role.RoleLastUsed, {});
  assert.deepEqual((await iam.send(new ListRolePoliciesCommand({ RoleName }))).PolicyNames, []);
  const attached = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  assert.deepEqual(attached.AttachedPolicies, []);
  await iam.send(new TagRoleCommand({ RoleName, Tags: [{ Key: 'b', Value: '2' }] }));
  await iam.send(new UntagRoleCommand({ RoleName, TagKeys: ['a'] }));
  assert.deepEqual((await iam.send(new ListRoleTagsCommand({ RoleName }))).Tags, [{ Key: 'b', Value: '2' }]);
  await iam.send(new UpdateRoleCommand({ RoleName, Description: 'ships', MaxSessionDuration: 3600 }));
  await makeUser(server, 'someone');
  const narrower = trust(`arn:aws:iam::${account}:user/someone`);
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: narrower }));
  const updated = (await iam.send(new GetRoleCommand({ RoleName }))).Role;
  assert.equal(updated?.Description, 'ships');
  assert.equal(decodeURIComponent(updated.AssumeRolePolicyDocument ?? ''), narrower);
  const asked = new ListInstanceProfilesForRoleCommand({ RoleName });
  assert.deepEqual((await iam.send(asked)).InstanceProfiles, []);
  await iam.send(new DeleteRoleCommand({ RoleName }));
  assert.equal((await refusal(iam.send(asked))).code, 'NoSuchEntity');
  assert.equal((await refusal(iam.send(new GetRoleCommand({ RoleName })))).code, 'NoSuchEntity');
});

test('policies hang on a role until they are taken off', async () => {
  const RoleName = 'loaded';
  await create(RoleName);
  const named = { RoleName, PolicyName: 'inline' };
  await iam.send(new PutRolePolicyCommand({ ...named, PolicyDocument: allowPull }));
  const inline = await iam.send(new GetRolePolicyCommand(named));
  assert.equal(decodeURIComponent(inline.PolicyDocument ?? ''), allowPull);
  const policy = new CreatePolicyCommand({ PolicyName: 'for-loaded', PolicyDocument: allowPull });
  const { Arn: PolicyArn = '' } = (await iam.send(policy)).Policy ?? {};
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  assert.equal((await refusal(iam.send(new DeleteRoleCommand({ RoleName })))).code, 'DeleteConflict');
  await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
  assert.equal(
    (await refusal(iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })))).code,
    'NoSuchEntity',
  );
  assert.equal((await refusal(iam.send(new DeleteRoleCommand({ RoleName })))).code, 'DeleteConflict');
  await iam.send(new DeleteRolePolicyCommand(named));
  await iam.send(new DeleteRoleCommand({ RoleName }));
  await iam.send(new DeletePolicyCommand({ PolicyArn }));
});

test('a boundary is put, shown and taken away', async () => {
  const RoleName = 'bounded';
  const policy = new CreatePolicyCommand({ PolicyName: 'role-boundary', PolicyDocument: allowPull });
  const { Arn = '' } = (await iam.send(policy)).Policy ?? {};
  await create(RoleName);
  await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: Arn }));
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  assert.deepEqual(Role?.PermissionsBoundary, {
    PermissionsBoundaryType: 'PermissionsBoundaryPolicy',
    PermissionsBoundaryArn: Arn,
  });
  await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
  assert.equal((await iam.send(new GetRoleCommand({ RoleName }))).Role?.PermissionsBoundary, undefined);
});

test('a trust policy that is none is refused, and says why', async () => {
  for (const document of ['{}', 'not json', allowPull]) {
    const refused = await refusal(create('never', { AssumeRolePolicyDocument: document }));
    assert.deepEqual([refused.code, refused.status], ['MalformedPolicyDocument', 400], document);
    assert.ok(refused.message.length > 10);
  }
  assert.equal((await refusal(iam.send(new GetRoleCommand({ RoleName: 'never' })))).code, 'NoSuchEntity');
  const { code } = await refusal(create('never', { MaxSessionDuration: 60 }));
  assert.equal(code, 'ValidationError');
});

test('roles are listed below a path', async () => {
  await create('listed', { Path: '/lists/' });
  const { Roles } = await iam.send(new ListRolesCommand({ PathPrefix: '/lists/' }));
  assert.deepEqual(
    Roles?.map(({ RoleName }) => RoleName),
    ['listed'],
  );
});
