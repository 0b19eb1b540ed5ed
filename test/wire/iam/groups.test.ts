import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  AddUserToGroupCommand,
  CreateGroupCommand,
  CreateUserCommand,
  DeleteGroupCommand,
  GetGroupCommand,
  type IAMClient,
  ListGroupsCommand,
  ListGroupsForUserCommand,
  paginateGetGroup,
  RemoveUserFromGroupCommand,
} from '@aws-sdk/client-iam';
import { iamClient, refusal } from '../../helpers/access-clients.ts';
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

test('a group has users, in pages, and a user has groups', async () => {
  const GroupName = 'pullers';
  const { Group } = await iam.send(new CreateGroupCommand({ GroupName, Path: '/teams/' }));
  assert.match(Group?.GroupId ?? '', /^AGPA[A-Z2-7]{17}$/);
  assert.equal(Group?.Arn, 'arn:aws:iam::123456789012:group/teams/pullers');
  for (const UserName of ['a', 'b', 'c']) {
    await iam.send(new CreateUserCommand({ UserName }));
    await iam.send(new AddUserToGroupCommand({ GroupName, UserName }));
    await iam.send(new AddUserToGroupCommand({ GroupName, UserName }));
  }
  const members = new Set<string | undefined>();
  for await (const page of paginateGetGroup({ client: iam, pageSize: 2 }, { GroupName }))
    for (const { UserName } of page.Users ?? []) members.add(UserName);
  assert.deepEqual(members, new Set(['a', 'b', 'c']));
  await iam.send(new RemoveUserFromGroupCommand({ GroupName, UserName: 'a' }));
  await iam.send(new CreateGroupCommand({ GroupName: 'admins' }));
  await iam.send(new AddUserToGroupCommand({ GroupName: 'admins', UserName: 'b' }));
  const { Groups } = await iam.send(new ListGroupsForUserCommand({ UserName: 'b' }));
  assert.deepEqual(
    Groups?.map((group) => group.GroupName),
    ['admins', 'pullers'],
  );
  assert.deepEqual((await iam.send(new ListGroupsForUserCommand({ UserName: 'a' }))).Groups, []);
});

test('a group that has users is not deleted; an unknown one is not found', async () => {
  const GroupName = 'kept';
  await iam.send(new CreateGroupCommand({ GroupName }));
  await iam.send(new CreateUserCommand({ UserName: 'member' }));
  await iam.send(new AddUserToGroupCommand({ GroupName, UserName: 'member' }));
  const conflict = await refusal(iam.send(new DeleteGroupCommand({ GroupName })));
  assert.deepEqual([conflict.code, conflict.status], ['DeleteConflict', 409]);
  await iam.send(new RemoveUserFromGroupCommand({ GroupName, UserName: 'member' }));
  await iam.send(new DeleteGroupCommand({ GroupName }));
  assert.equal((await refusal(iam.send(new GetGroupCommand({ GroupName })))).code, 'NoSuchEntity');
});

test('a list of groups is below a path', async () => {
  await iam.send(new CreateGroupCommand({ GroupName: 'elsewhere', Path: '/below/there/' }));
  const { Groups } = await iam.send(new ListGroupsCommand({ PathPrefix: '/below/' }));
  assert.deepEqual(
    Groups?.map(({ GroupName }) => GroupName),
    ['elsewhere'],
  );
});
