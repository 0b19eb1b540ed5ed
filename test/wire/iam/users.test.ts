import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateUserCommand,
  DeleteUserCommand,
  GetUserCommand,
  type IAMClient,
  ListUsersCommand,
  ListUserTagsCommand,
  paginateListUsers,
  TagUserCommand,
  UntagUserCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';
import { iamClient, makeUser, refusal } from '../../helpers/access-clients.ts';
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

test('a user is made, found, renamed and deleted', async () => {
  const created = await iam.send(
    new CreateUserCommand({
      UserName: 'Anna',
      Path: '/ci/',
      Tags: [{ Key: 'team', Value: 'blue-green' }],
    }),
  );
  const { User } = created;
  assert.match(User?.UserId ?? '', /^AIDA[A-Z2-7]{17}$/);
  assert.equal(User?.Arn, 'arn:aws:iam::123456789012:user/ci/Anna');
  assert.ok(Math.abs(Date.now() - (User.CreateDate?.getTime() ?? 0)) < 60_000);
  assert.deepEqual(User.Tags, [{ Key: 'team', Value: 'blue-green' }]);
  const found = await iam.send(new GetUserCommand({ UserName: 'anna' }));
  assert.deepEqual(found.User, User);
  await iam.send(new UpdateUserCommand({ UserName: 'Anna', NewUserName: 'Berta', NewPath: '/' }));
  const renamed = await iam.send(new GetUserCommand({ UserName: 'Berta' }));
  assert.equal(renamed.User?.UserId, User.UserId);
  assert.equal(renamed.User?.Arn, 'arn:aws:iam::123456789012:user/Berta');
  await iam.send(new DeleteUserCommand({ UserName: 'Berta' }));
  const gone = await refusal(iam.send(new GetUserCommand({ UserName: 'Berta' })));
  assert.deepEqual(gone, {
    code: 'NoSuchEntity',
    status: 404,
    message: 'The user with name Berta cannot be found.',
  });
});

test('a name is taken once', async () => {
  await iam.send(new CreateUserCommand({ UserName: 'twice' }));
  const again = await refusal(iam.send(new CreateUserCommand({ UserName: 'TWICE' })));
  assert.deepEqual([again.code, again.status], ['EntityAlreadyExists', 409]);
});

test('without a name the caller is meant', async () => {
  const root = await iam.send(new GetUserCommand({}));
  assert.equal(root.User?.Arn, 'arn:aws:iam::123456789012:root');
  assert.equal(root.User?.UserId, '123456789012');
});

test('lists are by name, in pages, below a path, and a marker is for its list alone', async () => {
  for (const n of [3, 1, 2, 5, 4])
    await iam.send(new CreateUserCommand({ UserName: `page-${n}`, Path: '/pages/' }));
  const names: (string | undefined)[][] = [];
  const pages = paginateListUsers({ client: iam, pageSize: 2 }, { PathPrefix: '/pages/' });
  for await (const page of pages) names.push((page.Users ?? []).map(({ UserName }) => UserName));
  assert.deepEqual(names, [['page-1', 'page-2'], ['page-3', 'page-4'], ['page-5']]);
  const first = await iam.send(new ListUsersCommand({ PathPrefix: '/pages/', MaxItems: 2 }));
  assert.equal(first.IsTruncated, true);
  const other = await refusal(iam.send(new ListUsersCommand({ Marker: first.Marker })));
  assert.deepEqual([other.code, other.status], ['ValidationError', 400]);
  const empty = await iam.send(new ListUsersCommand({ PathPrefix: '/nowhere/' }));
  assert.deepEqual([empty.Users, empty.IsTruncated], [[], false]);
});

test('tags are added, replaced, listed and taken away', async () => {
  const UserName = 'tagged';
  await iam.send(new CreateUserCommand({ UserName }));
  await iam.send(
    new TagUserCommand({
      UserName,
      Tags: [
        { Key: 'b', Value: 'ü' },
        { Key: 'a', Value: '' },
      ],
    }),
  );
  await iam.send(new TagUserCommand({ UserName, Tags: [{ Key: 'B', Value: '2' }] }));
  const { Tags } = await iam.send(new ListUserTagsCommand({ UserName }));
  assert.deepEqual(Tags, [
    { Key: 'B', Value: '2' },
    { Key: 'a', Value: '' },
  ]);
  await iam.send(new UntagUserCommand({ UserName, TagKeys: ['b'] }));
  assert.deepEqual((await iam.send(new ListUserTagsCommand({ UserName }))).Tags, [{ Key: 'a', Value: '' }]);
  const reserved = iam.send(new TagUserCommand({ UserName, Tags: [{ Key: 'aws:x', Value: '' }] }));
  assert.equal((await refusal(reserved)).code, 'InvalidInput');
});

test('a user without a policy may not do any of it', async () => {
  const client = iamClient(server, await makeUser(server, 'powerless'));
  for (const call of [
    () => client.send(new ListUsersCommand({})),
    () => client.send(new GetUserCommand({})),
    () => client.send(new CreateUserCommand({ UserName: 'mine' })),
    () => client.send(new DeleteUserCommand({ UserName: 'powerless' })),
  ]) {
    const { code, status, message } = await refusal(call());
    assert.deepEqual([code, status], ['AccessDenied', 403]);
    assert.match(
      message,
      /^User: arn:aws:iam::123456789012:user\/powerless is not authorized to perform: iam:/,
    );
  }
  client.destroy();
});
