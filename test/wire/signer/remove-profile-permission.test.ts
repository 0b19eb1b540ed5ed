import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  AddProfilePermissionCommand,
  ListProfilePermissionsCommand,
  RemoveProfilePermissionCommand,
} from '@aws-sdk/client-signer';
import { makeAccount } from '../../helpers/principals.ts';
import { awsError, type SigningClients, signingClients } from '../../helpers/signing-clients.ts';
import { startServer, type TestServer } from '../../helpers/start-server.ts';

let server: TestServer;
let clients: SigningClients;
before(async () => {
  server = await startServer();
  clients = signingClients(server);
});
after(async () => {
  clients.close();
  await server.close();
});

const remove = (profileName: string, statementId: string, revisionId = '') =>
  clients.signer.send(new RemoveProfilePermissionCommand({ profileName, statementId, revisionId }));

test('takes one permission away at the revision that is there; it is over at once', async () => {
  await clients.profile('lent');
  const guests = await makeAccount(server);
  const look = async () =>
    (await guests.signer('GET', `/signing-profiles/lent?profileOwner=${server.accountId}`)).status;
  const add = (statementId: string, action: string) =>
    clients.signer.send(
      new AddProfilePermissionCommand({
        profileName: 'lent',
        statementId,
        action,
        principal: guests.accountId,
      }),
    );
  await add('look', 'signer:GetSigningProfile');
  const { revisionId } = await add('sign', 'signer:SignPayload');
  assert.equal(await look(), 200);
  assert.equal((await awsError(remove('lent', 'look', 'another'))).name, 'ConflictException');
  assert.equal((await awsError(remove('lent', 'none', revisionId))).name, 'ResourceNotFoundException');
  const next = await remove('lent', 'look', revisionId);
  assert.notEqual(next.revisionId, revisionId);
  assert.equal(await look(), 403);
  await remove('lent', 'sign', next.revisionId);
  const { permissions } = await clients.signer.send(
    new ListProfilePermissionsCommand({ profileName: 'lent' }),
  );
  assert.deepEqual(permissions, []);
});

test('an unknown profile is not found', async () => {
  assert.equal((await awsError(remove('nowhere', 'x', 'y'))).name, 'ResourceNotFoundException');
});
