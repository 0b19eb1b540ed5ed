// /v2 with the rights of its caller: the actions that a push and a pull are, in ECR's form of a refusal.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { image as makeImage, type TestImage } from '../../helpers/images.ts';
import { makeAccount, makeUser, resourcePolicyText, type TestPrincipal } from '../../helpers/principals.ts';
import { startServer, type TestServer } from '../../helpers/start-server.ts';

let server: TestServer;
let image: TestImage;
before(async () => {
  server = await startServer();
  for (const repositoryName of ['secret/app', 'team/app'])
    await server.ecr('CreateRepository', { repositoryName });
  image = makeImage();
  await server.pushImage('secret/app', 'v1', image);
});
after(() => server.close());

/** A login of the principal for the server's own registry. */
async function login(by: TestPrincipal): Promise<string> {
  const { body } = await by.ecr('GetAuthorizationToken', { registryIds: [server.accountId] });
  const [data] = body['authorizationData'] as { authorizationToken: string }[];
  return `Basic ${data?.authorizationToken ?? ''}`;
}

async function ask(
  by: TestPrincipal,
  method: string,
  path: string,
): Promise<{ status: number; text: string }> {
  const headers = { authorization: await login(by) };
  const answer = await fetch(`${server.url}/v2/${path}`, { method, headers });
  return { status: answer.status, text: await answer.text() };
}

const on = (name: string) => `arn:aws:ecr:*:*:repository/${name}`;

test("a refusal is DENIED with IAM's sentence", async () => {
  const login = { Action: 'ecr:GetAuthorizationToken' };
  const user = await makeUser(server, server.accountId, 'nobody-much', [login]);
  const { status, text } = await ask(user, 'GET', 'secret/app/manifests/v1');
  assert.equal(status, 403);
  assert.deepEqual(JSON.parse(text), {
    errors: [
      {
        code: 'DENIED',
        message: `User: ${user.arn} is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:us-east-1:${server.accountId}:repository/secret/app because no identity-based policy allows the ecr:BatchGetImage action`,
      },
    ],
  });
});

test('a repository that is not there is no secret to find out: the refusal is the same', async () => {
  const user = await makeUser(server, server.accountId, 'curious', [{ Action: 'ecr:GetAuthorizationToken' }]);
  const there = await ask(user, 'GET', 'secret/app/tags/list');
  const not = await ask(user, 'GET', 'secret/xyz/tags/list');
  assert.equal(not.text, there.text.replace('secret/app', 'secret/xyz'));
});

test('a layer is mounted only from where its caller may read', async () => {
  const rights = [{ Action: 'ecr:GetAuthorizationToken' }, { Action: 'ecr:*', Resource: on('team/*') }];
  const user = await makeUser(server, server.accountId, 'mounter', rights);
  const [layer] = image.blobs;
  assert.ok(layer);
  const mount = `team/app/blobs/uploads/?mount=${layer.digest}`;
  // 202: an upload was begun instead, and nothing was told of the other repository.
  assert.equal((await ask(user, 'POST', `${mount}&from=secret/app`)).status, 202);
  assert.equal((await ask(user, 'POST', mount)).status, 202);
  await server.access.iam.inlinePolicies.put(
    { kind: 'user', accountId: server.accountId, name: 'mounter' },
    'more',
    JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: 'ecr:GetDownloadUrlForLayer', Resource: on('secret/*') },
    }),
  );
  assert.equal((await ask(user, 'POST', `${mount}&from=secret/app`)).status, 201);
});

test('another account pulls what a repository policy lets it, with a login for this registry', async () => {
  const guest = await makeAccount(server);
  assert.equal((await ask(guest, 'GET', 'secret/app/manifests/v1')).status, 403);
  const policyText = resourcePolicyText({
    Principal: { AWS: guest.accountId },
    Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
  });
  await server.ecr('SetRepositoryPolicy', { repositoryName: 'secret/app', policyText });
  assert.equal((await ask(guest, 'GET', 'secret/app/manifests/v1')).status, 200);
  assert.equal((await ask(guest, 'GET', `secret/app/blobs/${image.blobs[0]?.digest}`)).status, 200);
  assert.equal((await ask(guest, 'DELETE', 'secret/app/manifests/v1')).status, 403);
  await server.ecr('DeleteRepositoryPolicy', { repositoryName: 'secret/app' });
  assert.equal((await ask(guest, 'GET', 'secret/app/manifests/v1')).status, 403);
});

test('conditions see the tags of the repository, and what clients say of themselves', async () => {
  const rights = [
    { Action: 'ecr:GetAuthorizationToken' },
    {
      Action: 'ecr:ListImages',
      Condition: { StringEquals: { 'ecr:ResourceTag/Team': '${aws:PrincipalTag/team}' } },
    },
    { Effect: 'Deny', Action: 'ecr:*', Condition: { StringLike: { 'aws:UserAgent': 'evil/*' } } },
  ];
  const user = await makeUser(server, server.accountId, 'tagged', rights, { tags: { Team: 'blue' } });
  assert.equal((await ask(user, 'GET', 'team/app/tags/list')).status, 403);
  const resourceArn = `arn:aws:ecr:us-east-1:${server.accountId}:repository/team/app`;
  const tag = (Value: string) => server.ecr('TagResource', { resourceArn, tags: [{ Key: 'team', Value }] });
  await tag('blue');
  assert.equal((await ask(user, 'GET', 'team/app/tags/list')).status, 200);
  const headers = { authorization: await login(user), 'user-agent': 'evil/1.0' };
  assert.equal((await fetch(`${server.url}/v2/team/app/tags/list`, { headers })).status, 403);
  await tag('red');
  assert.equal((await ask(user, 'GET', 'team/app/tags/list')).status, 403);
});

test('rights that change count from the next request on', async () => {
  const identity = { kind: 'user', accountId: server.accountId, name: 'changing' } as const;
  const { inlinePolicies } = server.access.iam;
  const user = await makeUser(server, server.accountId, identity.name, [{ Action: 'ecr:*' }]);
  for (let n = 0; n < 3; n += 1) {
    assert.equal((await ask(user, 'GET', 'secret/app/tags/list')).status, 200);
    const authorization = await login(user);
    await inlinePolicies.delete(identity, 'rights');
    const answer = await fetch(`${server.url}/v2/secret/app/tags/list`, { headers: { authorization } });
    assert.equal(answer.status, 403);
    const document = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: 'ecr:*', Resource: '*' },
    });
    await inlinePolicies.put(identity, 'rights', document);
  }
});
