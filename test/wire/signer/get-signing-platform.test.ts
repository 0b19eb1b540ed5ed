import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { GetSigningPlatformCommand } from '@aws-sdk/client-signer';
import { awsError, platformId, type SigningClients, signingClients } from '../../helpers/signing-clients.ts';
import { startServer } from '../../helpers/start-server.ts';

let server: Awaited<ReturnType<typeof startServer>>;
let clients: SigningClients;
before(async () => {
  server = await startServer();
  clients = signingClients(server);
});
after(async () => {
  clients.close();
  await server.close();
});

test('shows the one platform', async () => {
  const shown = await clients.signer.send(new GetSigningPlatformCommand({ platformId }));
  assert.equal(shown.platformId, platformId);
  assert.equal(shown.displayName, 'Notation for container registries');
  assert.equal(shown.revocationSupported, true);
});

test('any other platform is not found', async () => {
  const call = clients.signer.send(new GetSigningPlatformCommand({ platformId: 'Other' }));
  assert.equal((await awsError(call)).name, 'ResourceNotFoundException');
});
