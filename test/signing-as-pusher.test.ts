// Managed signing with the rights of whoever pushes: what is missing fails the status, never the push, and after the
// grant a push of the same image signs it. Through both doors, with everything that limits a principal.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { stsClient, trust } from './helpers/access-clients.ts';
import { type ApiClient, apiClient } from './helpers/api-client.ts';
import { image as makeImage } from './helpers/images.ts';
import { makeUser, policyText, type TestPrincipal } from './helpers/principals.ts';
import { type SigningClients, signingClients } from './helpers/signing-clients.ts';
import { startServer, type TestServer } from './helpers/start-server.ts';

const REPOSITORY = 'team/app';
const push = [
  'ecr:GetAuthorizationToken',
  'ecr:BatchCheckLayerAvailability',
  'ecr:InitiateLayerUpload',
  'ecr:UploadLayerPart',
  'ecr:CompleteLayerUpload',
  'ecr:PutImage',
];

let server: TestServer;
let root: SigningClients;
let profileArn: string;
before(async () => {
  server = await startServer();
  root = signingClients(server);
  await root.repository(REPOSITORY);
  profileArn = await root.profile('release');
  await root.rules([profileArn]);
});
after(async () => {
  root.close();
  await server.close();
});

/** Pushes an image of its own (or the given one again) over /v2; gives it. */
async function pushImage(by: ApiClient, image = makeImage()) {
  await by.pushImage(REPOSITORY, 'latest', image);
  return image;
}

async function assertDenied(digest: string, by: string, action: string, why: RegExp): Promise<void> {
  const [status] = await root.settled(REPOSITORY, digest);
  assert.equal(status?.status, 'FAILED');
  assert.equal(status.failureCode, 'ACCESS_DENIED');
  const reason = status.failureReason ?? '';
  for (const part of [`User: ${by} is not authorized to perform: ${action} on resource: `, profileArn])
    assert.ok(reason.includes(part), `'${reason}' should say '${part}'`);
  assert.match(reason, why);
  assert.match(
    reason,
    /allow signer:SignPayload on .* for the principal that pushes, then push the image again/,
  );
}

async function assertSigned(digest: string): Promise<void> {
  const [status] = await root.settled(REPOSITORY, digest);
  assert.equal(status?.status, 'COMPLETE', JSON.stringify(status));
}

const grant = (name: string, ...statements: object[]) =>
  server.access.iam.inlinePolicies.put(
    { kind: 'user', accountId: server.accountId, name },
    'rights',
    policyText({ Action: push }, ...statements),
  );

test('without signer:SignPayload the push succeeds and the status says what to do; after it the same image is signed', async () => {
  const pusher = await makeUser(server, server.accountId, 'plain', [{ Action: push }]);
  const image = await pushImage(pusher);
  await assertDenied(
    image.manifest.digest,
    pusher.arn,
    'signer:SignPayload',
    /no identity-based policy allows/,
  );
  await grant('plain', { Action: 'signer:SignPayload', Resource: profileArn });
  await pushImage(pusher, image);
  await assertSigned(image.manifest.digest);
});

test('the same through PutImage', async () => {
  const pusher = await makeUser(server, server.accountId, 'api', [{ Action: push }]);
  const own = signingClients(pusher);
  const digest = await own.pushImage(REPOSITORY, 'api');
  await assertDenied(digest, pusher.arn, 'signer:SignPayload', /no identity-based policy allows/);
  await grant('api', { Action: 'signer:*' });
  await own.pushImage(REPOSITORY, 'api-signed', 'another');
  const again = await own.pushImage(REPOSITORY, 'api-again', 'another one');
  await assertSigned(again);
  own.close();
});

test('an explicit deny and a boundary count', async () => {
  const denied = await makeUser(server, server.accountId, 'denied', [
    { Action: '*' },
    { Effect: 'Deny', Action: 'signer:*' },
  ]);
  const first = await pushImage(denied);
  await assertDenied(
    first.manifest.digest,
    denied.arn,
    'signer:SignPayload',
    /explicit deny in an identity-based policy/,
  );
  const bounded = await makeUser(server, server.accountId, 'bounded', [{ Action: '*' }], {
    boundary: [{ Action: 'ecr:*' }],
  });
  const second = await pushImage(bounded);
  await assertDenied(
    second.manifest.digest,
    bounded.arn,
    'signer:SignPayload',
    /no permissions boundary allows/,
  );
});

test("the push's own request is what conditions are held against", async () => {
  const here = { IpAddress: { 'aws:SourceIp': ['127.0.0.0/8', '::1/128'] } };
  const rights = (Condition: object) => [
    { Action: push },
    { Action: 'signer:SignPayload', Resource: profileArn, Condition },
  ];
  const local = await makeUser(server, server.accountId, 'local', rights(here));
  await assertSigned((await pushImage(local)).manifest.digest);
  const elsewhere = { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } };
  const remote = await makeUser(server, server.accountId, 'remote', rights(elsewhere));
  const image = await pushImage(remote);
  await assertDenied(
    image.manifest.digest,
    remote.arn,
    'signer:SignPayload',
    /no identity-based policy allows/,
  );
  const versions = { StringEquals: { 'signer:ProfileVersion': 'aaaaaaaaaa' } };
  const older = await makeUser(server, server.accountId, 'older', rights(versions));
  await assertDenied(
    (await pushImage(older)).manifest.digest,
    older.arn,
    'signer:SignPayload',
    /no identity-based policy allows/,
  );
});

/** SignPayload by hand. */
const sign = (by: TestPrincipal) =>
  by.signer('POST', '/signing-jobs/with-payload', {
    profileName: 'release',
    payload: Buffer.from(
      `{"targetArtifact":{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:${'a'.repeat(64)}","size":2}}`,
    ).toString('base64'),
    payloadFormat: 'application/vnd.cncf.notary.payload.v1+json',
  });

test('a push is signed in the name of ECR, a call of SignPayload is not', async () => {
  const byPush = {
    Bool: { 'aws:ViaAWSService': 'true' },
    'ForAnyValue:StringEquals': { 'aws:CalledVia': ['ecr.amazonaws.com'] },
    StringEquals: { 'aws:CalledViaFirst': 'ecr.amazonaws.com', 'aws:CalledViaLast': 'ecr.amazonaws.com' },
  };
  const byHand = { Bool: { 'aws:ViaAWSService': 'false' }, Null: { 'aws:CalledVia': 'true' } };
  const rights = (Condition: object) => [
    { Action: push },
    { Action: 'signer:SignPayload', Resource: profileArn, Condition },
  ];
  const pushing = await makeUser(server, server.accountId, 'pushing', rights(byPush));
  await assertSigned((await pushImage(pushing)).manifest.digest);
  assert.equal((await sign(pushing)).status, 403);
  const writing = await makeUser(server, server.accountId, 'writing', rights(byHand));
  assert.equal((await sign(writing)).status, 200);
  const image = await pushImage(writing);
  await assertDenied(image.manifest.digest, writing.arn, 'signer:SignPayload', /no identity-based policy/);
});

test('the ready policies let a push be signed, verify, and do everything', async () => {
  const made = async (name: string, policyName: string) => {
    const user = await makeUser(server, server.accountId, name, []);
    const identity = { kind: 'user', accountId: server.accountId, name } as const;
    await server.access.iam.attachments.attach(identity, `arn:aws:iam::aws:policy/${policyName}`);
    return user;
  };
  const pusher = await made('ready-push', 'SealportPush');
  const image = await pushImage(pusher);
  const { digest } = image.manifest;
  await assertSigned(digest);
  const verifier = await made('ready-verify', 'SealportVerify');
  const admin = await made('ready-admin', 'SealportAdmin');
  const asked = async (by: TestPrincipal) => {
    const status = await by.ecr('DescribeImageSigningStatus', {
      repositoryName: REPOSITORY,
      imageId: { imageDigest: digest },
    });
    const pulled = await fetch(`${server.url}/v2/${REPOSITORY}/manifests/${digest}`, {
      headers: { authorization: await by.login(), accept: '*/*' },
    });
    return [
      status.status,
      pulled.status,
      (await by.signer('GET', '/signing-profiles/release')).status,
      (await sign(by)).status,
      (await by.ecr('DeleteRepository', { repositoryName: 'nowhere' })).body['__type'],
    ];
  };
  assert.deepEqual(await asked(pusher), [200, 200, 200, 403, 'AccessDeniedException']);
  assert.deepEqual(await asked(verifier), [200, 200, 200, 403, 'AccessDeniedException']);
  assert.deepEqual(await asked(admin), [200, 200, 200, 200, 'RepositoryNotFoundException']);
  await assert.rejects(pushImage(verifier));
  await assertSigned((await pushImage(admin)).manifest.digest);
});

test("a role's session pushes with its session policy's limits", async () => {
  const { iam } = server.access;
  const { accountId } = server;
  const user = await makeUser(server, accountId, 'ci', [{ Action: 'sts:AssumeRole' }]);
  await iam.roles.create({ accountId, name: 'builder', trustPolicy: trust(user.arn) });
  await iam.inlinePolicies.put(
    { kind: 'role', accountId, name: 'builder' },
    'all',
    policyText({ Action: '*' }),
  );
  const limited = await session(user, policyText({ Action: push }));
  const image = await pushImage(limited);
  const arn = `arn:aws:sts::${accountId}:assumed-role/builder/build-7`;
  await assertDenied(image.manifest.digest, arn, 'signer:SignPayload', /no session policy allows/);
  await pushImage(await session(user), image);
  await assertSigned(image.manifest.digest);
});

async function session(by: TestPrincipal, Policy?: string): Promise<ApiClient> {
  const sts = stsClient(server, by.credentials);
  const { Credentials: made } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${server.accountId}:role/builder`,
      RoleSessionName: 'build-7',
      Policy,
    }),
  );
  sts.destroy();
  const credentials = {
    accessKeyId: made?.AccessKeyId ?? '',
    secretAccessKey: made?.SecretAccessKey ?? '',
    sessionToken: made?.SessionToken ?? '',
  };
  return apiClient({ url: server.url, region: server.region, credentials });
}

test('a right that is taken away counts from the next push on', async () => {
  const pusher = await makeUser(server, server.accountId, 'changing', [{ Action: [...push, 'signer:*'] }]);
  await assertSigned((await pushImage(pusher)).manifest.digest);
  await grant('changing');
  const image = await pushImage(pusher);
  await assertDenied(
    image.manifest.digest,
    pusher.arn,
    'signer:SignPayload',
    /no identity-based policy allows/,
  );
});
