import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  DeleteOpenIDConnectProviderCommand,
  type IAMClient,
} from '@aws-sdk/client-iam';
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { iamClient, policy, refusal, stsClient } from '../../helpers/access-clients.ts';
import { type IdentityProvider, startIdentityProvider } from '../../helpers/identity-provider.ts';
import { startServer, type TestServer } from '../../helpers/start-server.ts';

const account = '123456789012';
const clock = { time: Date.now(), now: () => clock.time };
let server: TestServer;
let iam: IAMClient;
let provider: IdentityProvider;
let providerArn: string;
let roleArn: string;

before(async () => {
  server = await startServer({ clock, env: { SEALPORT_OIDC_LOOPBACK: 'yes' } });
  iam = iamClient(server);
  provider = await startIdentityProvider(() => clock.time);
  providerArn = `arn:aws:iam::${account}:oidc-provider/${provider.name}`;
  await configure(provider.issuer);
  roleArn = await makeRole('ci', {
    StringEquals: { [`${provider.name}:aud`]: 'sts.amazonaws.com' },
    StringLike: { [`${provider.name}:sub`]: 'repo:team/*' },
  });
});
after(async () => {
  iam.destroy();
  await provider.close();
  await server.close();
});

function configure(Url: string) {
  return iam.send(
    new CreateOpenIDConnectProviderCommand({ Url, ClientIDList: ['sts.amazonaws.com', 'other-client'] }),
  );
}

async function makeRole(RoleName: string, Condition: object): Promise<string> {
  const AssumeRolePolicyDocument = policy({
    Effect: 'Allow',
    Principal: { Federated: providerArn },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition,
  });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  return Role?.Arn ?? '';
}

/** AWS's client sends this call without a signature. */
async function assume(WebIdentityToken: string, more: object = {}) {
  const sts = stsClient(server);
  try {
    return await sts.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: roleArn,
        RoleSessionName: 'job-1',
        WebIdentityToken,
        ...more,
      }),
    );
  } finally {
    sts.destroy();
  }
}

const code = async (token: string, more?: object) => (await refusal(assume(token, more))).code;

/** Lets the provider be asked again. */
function later(): void {
  clock.time += 31_000;
}

test('a token of the provider becomes a session of the role', async () => {
  const answer = await assume(await provider.token());
  assert.equal(answer.SubjectFromWebIdentityToken, 'repo:team/app:ref:refs/heads/main');
  assert.equal(answer.Audience, 'sts.amazonaws.com');
  assert.equal(answer.Provider, providerArn);
  assert.equal(answer.AssumedRoleUser?.Arn, `arn:aws:sts::${account}:assumed-role/ci/job-1`);
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = answer.Credentials ?? {};
  const credentials = {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
  };
  const sts = stsClient(server, credentials);
  assert.equal((await sts.send(new GetCallerIdentityCommand({}))).Arn, answer.AssumedRoleUser?.Arn);
  sts.destroy();
});

test('the conditions of the trust policy see subject and audience', async () => {
  assert.equal(await code(await provider.token({ sub: 'repo:other/app' })), 'AccessDenied');
  assert.equal(await code(await provider.token({ aud: 'other-client' })), 'AccessDenied');
});

test('an audience that the provider was not configured with is refused', async () => {
  assert.equal(await code(await provider.token({ aud: 'stranger' })), 'InvalidIdentityToken');
  await assume(await provider.token({ aud: ['stranger', 'sts.amazonaws.com'] }));
  // `azp` says whom the token was made for.
  const token = await provider.token({ aud: 'sts.amazonaws.com', azp: 'stranger' });
  assert.equal(await code(token), 'InvalidIdentityToken');
});

test('a token that has ended, or does not say when it does, is refused', async () => {
  const seconds = Math.floor(clock.time / 1000);
  const ended = await refusal(assume(await provider.token({ iat: seconds - 600, exp: seconds - 300 })));
  assert.deepEqual([ended.code, ended.status], ['ExpiredTokenException', 400]);
  assert.equal(await code(await provider.token({ exp: undefined })), 'InvalidIdentityToken');
  assert.equal(await code(await provider.token({ nbf: seconds + 300 })), 'InvalidIdentityToken');
  assert.equal(await code(await provider.token({ sub: undefined })), 'InvalidIdentityToken');
});

test('a changed token, none, and one without a signature are refused', async () => {
  const [header = '', body = '', signature = ''] = (await provider.token()).split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as object;
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const bad = encode({ ...claims, sub: 'repo:team/admin' });
  for (const token of [
    `${header}.${bad}.${signature}`,
    `${encode({ alg: 'none' })}.${body}.`,
    `${encode({ alg: 'HS256', kid: 'key-1' })}.${body}.${signature}`,
    'not.a.token',
    'nothing',
  ]) {
    const refused = await refusal(assume(token));
    assert.equal(refused.code, 'InvalidIdentityToken', token.slice(0, 40));
    assert.ok(!refused.message.includes(signature), 'a token in a message');
  }
});

test('an issuer that is not configured is never asked', async () => {
  const stranger = await startIdentityProvider(() => clock.time);
  assert.equal(await code(await stranger.token()), 'InvalidIdentityToken');
  assert.deepEqual(stranger.asked, []);
  // Nor when its token claims to be from the configured one.
  const before = provider.asked.length;
  const claimed = { iss: provider.issuer };
  assert.equal(await code(await stranger.token(claimed)), 'InvalidIdentityToken');
  assert.equal(provider.asked.length, before);
  await stranger.close();
});

test('keys are fetched once, and again when a token names another one', async () => {
  const before = provider.asked.length;
  await Promise.all([1, 2, 3, 4].map(async () => assume(await provider.token())));
  assert.equal(provider.asked.length, before);
  await provider.changeKey('RS256');
  later();
  await Promise.all([1, 2, 3, 4].map(async () => assume(await provider.token())));
  assert.equal(provider.asked.length, before + 2, 'one look for all of them');
  // Nor is one made for a token that is wrong without a key.
  later();
  const seconds = Math.floor(clock.time / 1000);
  for (const claims of [{ exp: seconds - 10 }, { nbf: seconds + 60 }, { aud: 7 }])
    await refusal(assume(await provider.token(claims, { kid: 'unknown' })));
  assert.equal(provider.asked.length, before + 2);
});

test('a provider that answers with nonsense, a redirect or too much is unreachable', async () => {
  const other = await startIdentityProvider(() => clock.time);
  await configure(other.issuer);
  const elsewhere = await startIdentityProvider(() => clock.time);
  const discovery = '/.well-known/openid-configuration';
  const document = (more: object) =>
    JSON.stringify({ issuer: other.issuer, jwks_uri: `${other.issuer}/keys`, ...more });
  for (const answer of [
    { body: 'not json' },
    { body: '[]' },
    { status: 500, body: '{}' },
    { status: 302, headers: { location: `${elsewhere.issuer}${discovery}` }, body: '' },
    { body: document({ issuer: elsewhere.issuer }) },
    { body: document({ jwks_uri: `${elsewhere.issuer}/keys` }) },
    { body: document({ jwks_uri: 'file:///etc/passwd' }) },
    { body: document({ padding: 'x'.repeat(300_000) }) },
  ]) {
    other.answers.set(discovery, answer);
    later();
    const refused = await refusal(assume(await other.token()));
    assert.deepEqual(
      [refused.code, refused.status],
      ['IDPCommunicationError', 400],
      JSON.stringify(answer).slice(0, 80),
    );
  }
  assert.deepEqual(elsewhere.asked, []);
  await other.close();
  await elsewhere.close();
});

test('a claim of the wrong type is refused by its name', async () => {
  for (const [claims, named] of [
    [{ sub: 7 }, 'sub'],
    [{ sub: '' }, 'sub'],
    [{ sub: 'x'.repeat(256) }, 'sub'],
    [{ sub: ['repo:team/app'] }, 'sub'],
    [{ aud: 7 }, 'aud'],
    [{ aud: [] }, 'aud'],
    [{ aud: ['sts.amazonaws.com', 7] }, 'aud'],
    [{ aud: { a: 'sts.amazonaws.com' } }, 'aud'],
    [{ azp: 7 }, 'azp'],
    [{ azp: null }, 'azp'],
    [{ exp: '1' }, 'exp'],
    [{ exp: 1e300 }, 'exp'],
    [{ exp: -1 }, 'exp'],
    [{ nbf: '0' }, 'nbf'],
    [{ iat: '0' }, 'iat'],
    [{ iat: undefined }, 'iat'],
    [{ iss: 7 }, 'iss'],
    [{ iss: [provider.issuer] }, 'iss'],
    [{ iss: null }, 'iss'],
  ] as const) {
    const text = await provider.rawToken(claims);
    const { code, status, message } = await refusal(assume(text));
    assert.deepEqual([code, status], ['InvalidIdentityToken', 400], JSON.stringify(claims).slice(0, 60));
    assert.match(message, new RegExp(`claim '${named}' must be `));
  }
  for (const header of [{ kid: 7 }, { alg: 7 }]) {
    const { code, message } = await refusal(assume(await provider.rawToken({}, header)));
    assert.equal(code, 'InvalidIdentityToken');
    assert.ok(!message.includes(provider.issuer), message);
  }
});

test('who has no good token is told the same of a role that is there and of one that is not', async () => {
  const stranger = await startIdentityProvider(() => clock.time);
  const seconds = Math.floor(clock.time / 1000);
  const good = await provider.token();
  for (const token of [
    'nothing',
    await stranger.token(),
    await stranger.token({ iss: provider.issuer }),
    await provider.token({ sub: 7 }),
    await provider.token({ exp: seconds - 60 }),
    await provider.token({ aud: 'stranger' }),
    `${good.slice(0, -6)}AAAAAA`,
  ]) {
    later();
    const there = await refusal(assume(token));
    later();
    const not = await refusal(assume(token, { RoleArn: `arn:aws:iam::${account}:role/no-such-role` }));
    assert.deepEqual(not, there);
  }
  await stranger.close();
});

test('without its provider a token is nothing', async () => {
  const token = await provider.token();
  await assume(token);
  await iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: providerArn }));
  assert.equal(await code(token), 'InvalidIdentityToken');
  await configure(provider.issuer);
  await assume(token);
});

test('a role of another account, an unknown one and one that is no role', async () => {
  const token = await provider.token();
  const other = { RoleArn: 'arn:aws:iam::999999999999:role/ci' };
  assert.equal(await code(token, other), 'InvalidIdentityToken');
  assert.equal(await code(token, { RoleArn: `${roleArn}-not` }), 'AccessDenied');
  assert.equal(await code(token, { RoleArn: providerArn }), 'ValidationError');
  assert.equal(await code(token, { DurationSeconds: 7200 }), 'ValidationError');
  assert.equal(await code(token, { ProviderId: 'www.amazon.com' }), 'ValidationError');
});
