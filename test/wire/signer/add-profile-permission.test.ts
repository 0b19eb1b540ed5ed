import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PutSigningConfigurationCommand } from '@aws-sdk/client-ecr';
import {
  AddProfilePermissionCommand,
  type AddProfilePermissionRequest,
  GetSigningProfileCommand,
} from '@aws-sdk/client-signer';
import { makeAccount, makeUser, type TestPrincipal } from '../../helpers/principals.ts';
import { awsError, type SigningClients, signingClients } from '../../helpers/signing-clients.ts';
import { startServer, type TestServer } from '../../helpers/start-server.ts';

let server: TestServer;
let clients: SigningClients;
let guests: TestPrincipal;
before(async () => {
  server = await startServer();
  clients = signingClients(server);
  guests = await makeAccount(server);
});
after(async () => {
  clients.close();
  await server.close();
});

const add = (profileName: string, change: Partial<AddProfilePermissionRequest> = {}) =>
  clients.signer.send(
    new AddProfilePermissionCommand({
      profileName,
      statementId: 'one',
      action: 'signer:SignPayload',
      principal: guests.accountId,
      ...change,
    }),
  );

const NOTARY = 'application/vnd.cncf.notary.payload.v1+json';
const digest = `sha256:${'1'.repeat(64)}`;
const mediaType = 'application/vnd.oci.image.manifest.v1+json';
const payload = Buffer.from(JSON.stringify({ targetArtifact: { mediaType, digest, size: 7 } })).toString(
  'base64',
);
const sign = async (by: TestPrincipal, profileName: string) => {
  const input = { profileName, profileOwner: server.accountId, payload, payloadFormat: NOTARY };
  return (await by.signer('POST', '/signing-jobs/with-payload', input)).status;
};

test('another account signs with the profile as soon as it may, at this version if one was named', async () => {
  await clients.profile('shared');
  const { profileVersion } = await clients.signer.send(
    new GetSigningProfileCommand({ profileName: 'shared' }),
  );
  const signer = await makeUser(server, guests.accountId, 'signer', [{ Action: 'signer:SignPayload' }]);
  const poor = await makeUser(server, guests.accountId, 'poor', []);
  const statuses = () => Promise.all([guests, signer, poor].map((by) => sign(by, 'shared')));
  assert.deepEqual(await statuses(), [403, 403, 403]);
  const { revisionId } = await add('shared', { profileVersion });
  assert.match(revisionId ?? '', /^[0-9a-f-]{36}$/);
  assert.deepEqual(await statuses(), [200, 200, 403]);
  await clients.signer.send(
    new AddProfilePermissionCommand({
      profileName: 'shared',
      statementId: 'look',
      action: 'signer:GetSigningProfile',
      principal: guests.accountId,
      revisionId,
    }),
  );
  const shown = await guests.signer('GET', `/signing-profiles/shared?profileOwner=${server.accountId}`);
  assert.equal(shown.body['profileVersion'], profileVersion);
});

test('a new profile of the name of a canceled one gives nobody what that one gave', async () => {
  await clients.profile('again');
  const signer = await makeUser(server, guests.accountId, 'again', [{ Action: 'signer:*' }]);
  await add('again');
  assert.equal(await sign(signer, 'again'), 200);
  await server.signer('DELETE', '/signing-profiles/again');
  await clients.profile('again');
  assert.equal(await sign(signer, 'again'), 403);
  const { body } = await server.signer('GET', '/signing-profiles/again/permissions');
  assert.deepEqual([body['permissions'], body['revisionId']], [[], undefined]);
  await add('again');
  assert.equal(await sign(signer, 'again'), 200);
});

test('after the revocation of a version the same profile goes on, with its permissions', async () => {
  await clients.profile('revoked');
  const signer = await makeUser(server, guests.accountId, 'revoked', [{ Action: 'signer:*' }]);
  const { body } = await server.signer('GET', '/signing-profiles/revoked');
  await add('revoked');
  const revoked = await server.signer('PUT', '/signing-profiles/revoked/revoke', {
    profileVersion: body['profileVersion'],
    reason: 'a test',
    effectiveTime: Math.floor(Date.now() / 1000) - 1,
  });
  assert.equal(revoked.status, 200, JSON.stringify(revoked.body));
  assert.notEqual(await sign(signer, 'revoked'), 200);
  await clients.profile('revoked');
  assert.equal(await sign(signer, 'revoked'), 200);
});

test("another account's registry signs its images under a profile that is permitted to it", async () => {
  const signingProfileArn = await clients.profile('lent');
  const own = signingClients(guests);
  await own.repository('team/app');
  const put = () =>
    own.ecr.send(
      new PutSigningConfigurationCommand({ signingConfiguration: { rules: [{ signingProfileArn }] } }),
    );
  assert.match((await awsError(put())).message, /has not permitted account/);
  await add('lent');
  await put();
  const image = await own.pushImage('team/app', 'v1');
  const [status] = await own.settled('team/app', image);
  assert.equal(status?.status, 'COMPLETE', JSON.stringify(status));
  assert.equal(status.signingProfileArn, signingProfileArn);
  own.close();
});

test('a change must be based on the revision that is there, and statement ids are unique', async () => {
  await clients.profile('revised');
  assert.equal((await awsError(add('revised', { revisionId: 'x' }))).name, 'ConflictException');
  const { revisionId } = await add('revised');
  assert.equal((await awsError(add('revised'))).name, 'ConflictException');
  assert.equal(
    (await awsError(add('revised', { statementId: 'two', revisionId: 'x' }))).name,
    'ConflictException',
  );
  const next = await add('revised', { statementId: 'two', revisionId });
  assert.notEqual(next.revisionId, revisionId);
});

test('of two that change the same revision at once, one has it', async () => {
  await clients.profile('raced');
  const { revisionId } = await add('raced');
  const outcomes = await Promise.allSettled(
    ['a', 'b', 'c', 'd'].map((statementId) => add('raced', { statementId, revisionId })),
  );
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
});

test('refuses what it cannot permit', async () => {
  await clients.profile('strict');
  for (const change of [
    { action: 'signer:CancelSigningProfile' },
    { action: 'SignPayload' },
    { principal: '*' },
    { principal: 'bob' },
    { principal: 'arn:aws:iam::123456789012:role/*' },
    { statementId: 'a b' },
    { profileVersion: 'aaaaaaaaaa' },
  ])
    assert.equal((await awsError(add('strict', change))).name, 'ValidationException', JSON.stringify(change));
  assert.equal((await awsError(add('nowhere'))).name, 'ResourceNotFoundException');
});

test('a profile has room for a limited number of permissions', async () => {
  await clients.profile('crowded');
  let error: Error | undefined;
  for (let n = 0; n < 200 && error === undefined; n += 1)
    error = await add('crowded', { statementId: `s${n}` }).then(
      () => undefined,
      (thrown: unknown) => thrown as Error,
    );
  assert.equal(error?.name, 'ServiceLimitExceededException');
});
