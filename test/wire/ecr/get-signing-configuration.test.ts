import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { GetSigningConfigurationCommand } from '@aws-sdk/client-ecr';
import { awsError, type SigningClients, signingClients } from '../../helpers/signing-clients.ts';
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

const get = () => clients.ecr.send(new GetSigningConfigurationCommand({}));

test('without a configuration it says that there is none', async () => {
  const { name, message } = await awsError(get());
  assert.equal(name, 'SigningConfigurationNotFoundException');
  assert.equal(message, "The signing configuration does not exist in the registry with id '123456789012'");
});

test('an empty list of rules is a configuration', async () => {
  await clients.rules();
  const { $metadata: _, ...shown } = await get();
  assert.deepEqual(shown, { registryId: '123456789012', signingConfiguration: { rules: [] } });
});
