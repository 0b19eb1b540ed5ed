import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  AttachGroupPolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateUserCommand,
  DeleteGroupPolicyCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteUserPermissionsBoundaryCommand,
  DeleteUserPolicyCommand,
  DetachGroupPolicyCommand,
  DetachUserPolicyCommand,
  GetGroupPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetUserPolicyCommand,
  type IAMClient,
  ListAttachedGroupPoliciesCommand,
  ListAttachedUserPoliciesCommand,
  ListGroupPoliciesCommand,
  ListPoliciesCommand,
  ListPolicyVersionsCommand,
  ListUserPoliciesCommand,
  PutGroupPolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  paginateListAttachedUserPolicies,
  SetDefaultPolicyVersionCommand,
} from '@aws-sdk/client-iam';
import { allow, allowPull, iamClient, policy, refusal } from '../../helpers/access-clients.ts';
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

const allowPush = policy(allow('ecr:PutImage'));
async function createPolicy(PolicyName: string, more: object = {}): Promise<string> {
  const command = new CreatePolicyCommand({ PolicyName, PolicyDocument: allowPull, ...more });
  return (await iam.send(command)).Policy?.Arn ?? '';
}

test('a policy has versions, of which one is in force', async () => {
  const PolicyArn = await createPolicy('versioned', { Path: '/team/', Description: 'what for' });
  assert.equal(PolicyArn, 'arn:aws:iam::123456789012:policy/team/versioned');
  const second = new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: allowPush });
  assert.equal((await iam.send(second)).PolicyVersion?.VersionId, 'v2');
  const before = (await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy;
  assert.equal(before?.DefaultVersionId, 'v1');
  assert.equal(before.Description, 'what for');
  await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v2' }));
  const { Versions } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
  assert.deepEqual(
    Versions?.map(({ VersionId, IsDefaultVersion }) => [VersionId, IsDefaultVersion]),
    [
      ['v2', true],
      ['v1', false],
    ],
  );
  const version = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v2' }));
  assert.equal(decodeURIComponent(version.PolicyVersion?.Document ?? ''), allowPush);
  const inForce = iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v2' }));
  assert.equal((await refusal(inForce)).code, 'DeleteConflict');
  assert.equal((await refusal(iam.send(new DeletePolicyCommand({ PolicyArn })))).code, 'DeleteConflict');
  await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
  await iam.send(new DeletePolicyCommand({ PolicyArn }));
  assert.equal((await refusal(iam.send(new GetPolicyCommand({ PolicyArn })))).code, 'NoSuchEntity');
});

test('policies are attached to users, listed in pages, and counted', async () => {
  const UserName = 'attached';
  await iam.send(new CreateUserCommand({ UserName }));
  const arns: string[] = [];
  for (const name of ['p-b', 'p-a', 'p-c']) {
    const PolicyArn = await createPolicy(name, { Path: name === 'p-c' ? '/other/' : '/' });
    arns.push(PolicyArn);
    await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
    await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
  }
  const names: (string | undefined)[][] = [];
  for await (const page of paginateListAttachedUserPolicies({ client: iam, pageSize: 2 }, { UserName }))
    names.push((page.AttachedPolicies ?? []).map(({ PolicyName }) => PolicyName));
  assert.deepEqual(names, [['p-a', 'p-b'], ['p-c']]);
  const below = new ListAttachedUserPoliciesCommand({ UserName, PathPrefix: '/other/' });
  assert.deepEqual((await iam.send(below)).AttachedPolicies, [{ PolicyName: 'p-c', PolicyArn: arns[2] }]);
  const counted = await iam.send(new GetPolicyCommand({ PolicyArn: arns[0] }));
  assert.equal(counted.Policy?.AttachmentCount, 1);
  const listed = await iam.send(
    new ListPoliciesCommand({ OnlyAttached: true, Scope: 'Local', PathPrefix: '/other/' }),
  );
  assert.deepEqual(
    listed.Policies?.map(({ PolicyName }) => PolicyName),
    ['p-c'],
  );
  await iam.send(new DetachUserPolicyCommand({ UserName, PolicyArn: arns[0] }));
  const again = iam.send(new DetachUserPolicyCommand({ UserName, PolicyArn: arns[0] }));
  assert.equal((await refusal(again)).code, 'NoSuchEntity');
});

test('an identity takes ten policies', async () => {
  const UserName = 'crowded';
  await iam.send(new CreateUserCommand({ UserName }));
  for (let n = 0; n < 10; n += 1)
    await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: await createPolicy(`crowd-${n}`) }));
  const PolicyArn = await createPolicy('crowd-10');
  const { code, status } = await refusal(iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn })));
  assert.deepEqual([code, status], ['LimitExceeded', 409]);
  const { AttachedPolicies } = await iam.send(new ListAttachedUserPoliciesCommand({ UserName }));
  assert.equal(AttachedPolicies?.length, 10);
});

test('groups have policies of their own and attached ones', async () => {
  const GroupName = 'grouped';
  await iam.send(new CreateGroupCommand({ GroupName }));
  const PolicyArn = await createPolicy('for-group');
  await iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn }));
  const attached = await iam.send(new ListAttachedGroupPoliciesCommand({ GroupName }));
  assert.equal(attached.AttachedPolicies?.[0]?.PolicyArn, PolicyArn);
  await iam.send(new DetachGroupPolicyCommand({ GroupName, PolicyArn }));
  const named = { GroupName, PolicyName: 'own' };
  await iam.send(new PutGroupPolicyCommand({ ...named, PolicyDocument: allowPull }));
  const own = await iam.send(new GetGroupPolicyCommand(named));
  assert.equal(decodeURIComponent(own.PolicyDocument ?? ''), allowPull);
  assert.deepEqual((await iam.send(new ListGroupPoliciesCommand({ GroupName }))).PolicyNames, ['own']);
  await iam.send(new DeleteGroupPolicyCommand(named));
  assert.equal((await refusal(iam.send(new GetGroupPolicyCommand(named)))).code, 'NoSuchEntity');
});

test('inline policies of a user are replaced, and their size together is bounded', async () => {
  const UserName = 'inline';
  await iam.send(new CreateUserCommand({ UserName }));
  const put = (PolicyName: string, PolicyDocument: string) =>
    iam.send(new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument }));
  await put('one', allowPush);
  await put('one', allowPull);
  const { PolicyDocument } = await iam.send(new GetUserPolicyCommand({ UserName, PolicyName: 'one' }));
  assert.equal(decodeURIComponent(PolicyDocument ?? ''), allowPull);
  const large = policy(allow(Array.from({ length: 100 }, (_, n) => `ecr:Long${n}Name`)));
  await put('two', large);
  assert.equal((await refusal(put('three', large))).code, 'LimitExceeded');
  const bad = await refusal(put('bad', policy({ Effect: 'Maybe', Action: '*', Resource: '*' })));
  assert.deepEqual([bad.code, bad.status], ['MalformedPolicyDocument', 400]);
  assert.deepEqual((await iam.send(new ListUserPoliciesCommand({ UserName }))).PolicyNames, ['one', 'two']);
  await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: 'two' }));
  await put('three', large);
});

test('a boundary of a user is a policy that is used', async () => {
  const UserName = 'bounded';
  const PolicyArn = await createPolicy('user-boundary');
  await iam.send(new CreateUserCommand({ UserName }));
  await iam.send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: PolicyArn }));
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
  assert.deepEqual([Policy?.AttachmentCount, Policy?.PermissionsBoundaryUsageCount], [0, 1]);
  const used = new ListPoliciesCommand({ PolicyUsageFilter: 'PermissionsBoundary' });
  assert.deepEqual(
    (await iam.send(used)).Policies?.map(({ Arn }) => Arn),
    [PolicyArn],
  );
  assert.equal((await refusal(iam.send(new DeletePolicyCommand({ PolicyArn })))).code, 'DeleteConflict');
  await iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName }));
  await iam.send(new DeletePolicyCommand({ PolicyArn }));
});

test('an ARN that names no policy of the account is refused', async () => {
  await iam.send(new CreateUserCommand({ UserName: 'arns' }));
  const attach = async (PolicyArn: string) =>
    (await refusal(iam.send(new AttachUserPolicyCommand({ UserName: 'arns', PolicyArn })))).code;
  assert.equal(await attach('arn:aws:iam::123456789012:policy/nothing'), 'NoSuchEntity');
  assert.equal(await attach('arn:aws:iam::999999999999:policy/p-a'), 'NoSuchEntity');
  assert.equal(await attach('arn:aws:iam::123456789012:user/arns'), 'InvalidInput');
  assert.equal(await attach('certainly-no-arn-at-all'), 'InvalidInput');
});
