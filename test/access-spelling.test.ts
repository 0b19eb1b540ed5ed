// What is decided is what is done: another spelling of a name never gets around a denial.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  AttachUserPolicyCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  type IAMClient,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';
import { iamClient, refusal } from './helpers/access-clients.ts';
import { makeUser, type TestPrincipal } from './helpers/principals.ts';
import { startServer, type TestServer } from './helpers/start-server.ts';

let server: TestServer;
let user: TestPrincipal;
let iam: IAMClient;
const policyArn = (name: string) => `arn:aws:iam::${server.accountId}:policy/${name}`;
before(async () => {
  server = await startServer();
  const { accountId } = server;
  user = await makeUser(server, accountId, 'delegate', [
    { Action: '*' },
    {
      Effect: 'Deny',
      Action: '*',
      Resource: [
        policyArn('Guarded'),
        `arn:aws:iam::${accountId}:user/Boss`,
        `arn:aws:ecr:*:${accountId}:repository/guarded`,
        `arn:aws:signer:*:${accountId}:/signing-profiles/guarded`,
      ],
    },
    {
      Effect: 'Deny',
      Action: 'iam:AttachUserPolicy',
      Resource: '*',
      Condition: { ArnEquals: { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/AdministratorAccess' } },
    },
  ]);
  iam = iamClient(server, user.credentials);
  const root = iamClient(server);
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: '*', Resource: '*' },
  });
  await root.send(new CreatePolicyCommand({ PolicyName: 'Guarded', PolicyDocument }));
  for (const UserName of ['Boss', 'other']) await root.send(new CreateUserCommand({ UserName }));
  root.destroy();
  await server.ecr('CreateRepository', { repositoryName: 'guarded' });
});
after(async () => {
  iam.destroy();
  await server.close();
});

const denied = async (call: Promise<unknown>) => {
  const { code, message } = await refusal(call);
  assert.equal(code, 'AccessDenied', message);
  assert.match(message, /explicit deny/);
};

test('a policy and a user in other letters', async () => {
  for (const name of ['Guarded', 'guarded', 'GUARDED'])
    await denied(iam.send(new DeletePolicyCommand({ PolicyArn: policyArn(name) })));
  for (const UserName of ['Boss', 'boss', 'BOSS'])
    await denied(iam.send(new UpdateUserCommand({ UserName, NewPath: '/x/' })));
});

test('a user that becomes one whom the denial is about', async () => {
  await denied(iam.send(new UpdateUserCommand({ UserName: 'other', NewUserName: 'Boss' })));
  await iam.send(new UpdateUserCommand({ UserName: 'other', NewUserName: 'harmless' }));
});

test("one of AWS's policies in other letters", async () => {
  for (const name of ['AdministratorAccess', 'administratoraccess'])
    await denied(
      iam.send(
        new AttachUserPolicyCommand({ UserName: 'delegate', PolicyArn: `arn:aws:iam::aws:policy/${name}` }),
      ),
    );
});

test('a repository and a profile by an ARN of another partition or with more to it', async () => {
  const tags = [{ Key: 'a', Value: 'b' }];
  const tag = (resourceArn: string) => user.ecr('TagResource', { resourceArn, tags });
  const arn = `arn:aws:ecr:us-east-1:${server.accountId}:repository/guarded`;
  assert.match(String((await tag(arn)).body['message']), /explicit deny/);
  for (const other of [
    arn.replace('arn:aws:', 'arn:aws-cn:'),
    `${arn}/`,
    `${arn}:x`,
    arn.replace('us-east-1', 'US-EAST-1'),
  ]) {
    const { status, body } = await tag(other);
    assert.ok(status >= 400, `${other}: ${JSON.stringify(body)}`);
  }
  const { body } = await server.ecr('ListTagsForResource', { resourceArn: arn });
  assert.deepEqual(body['tags'], []);
});
