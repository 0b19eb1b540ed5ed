import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AddProfilePermissionCommand, ListProfilePermissionsCommand } from '@aws-sdk/client-signer';
import { trust } from '../../helpers/access-clients.ts';
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

const list = (profileName: string, nextToken?: string) =>
  clients.signer.send(new ListProfilePermissionsCommand({ profileName, nextToken }));

test('gives permissions in the order they were added, with the revision to base a change on', async () => {
  await clients.profile('release');
  const { $metadata: _, ...none } = await list('release');
  assert.deepEqual(none, { policySizeBytes: 0, permissions: [] });
  const trustPolicy = trust('210987654321');
  await server.access.iam.roles.create({ accountId: server.accountId, name: 'ci', path: '/x/', trustPolicy });
  const permissions = [
    { statementId: 'two', action: 'signer:SignPayload', principal: '210987654321' },
    {
      statementId: 'one',
      action: 'signer:GetSigningProfile',
      principal: `arn:aws:iam::${server.accountId}:role/x/ci`,
    },
  ];
  let revisionId: string | undefined;
  for (const permission of permissions)
    ({ revisionId } = await clients.signer.send(
      new AddProfilePermissionCommand({ profileName: 'release', ...permission }),
    ));
  const reply = await list('release');
  assert.deepEqual(reply.permissions, permissions);
  assert.equal(reply.revisionId, revisionId);
  assert.ok((reply.policySizeBytes ?? 0) > 200);
});

test('an unknown profile is not found, a token that was never given is refused', async () => {
  assert.equal((await awsError(list('nowhere'))).name, 'ResourceNotFoundException');
  await clients.profile('paged');
  assert.equal((await awsError(list('paged', 'x'))).name, 'ValidationException');
});
