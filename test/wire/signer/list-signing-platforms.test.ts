import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ListSigningPlatformsCommand, type ListSigningPlatformsRequest } from '@aws-sdk/client-signer';
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

const list = (request: ListSigningPlatformsRequest = {}) =>
  clients.signer.send(new ListSigningPlatformsCommand(request));

test('lists the one platform, and filters it', async () => {
  const all = await list();
  assert.deepEqual(
    all.platforms?.map((p) => p.platformId),
    [platformId],
  );
  assert.equal(all.nextToken, undefined);
  assert.equal((await list({ partner: 'Notation', target: 'OCI' })).platforms?.length, 1);
  assert.deepEqual((await list({ partner: 'AmazonFreeRTOS' })).platforms, []);
  assert.deepEqual((await list({ target: 'SHA384-ECDSA' })).platforms, []);
  assert.deepEqual((await list({ category: 'AWSIoT' })).platforms, []);
});

test('an invented token is refused', async () => {
  assert.equal((await awsError(list({ nextToken: 'x' }))).name, 'ValidationException');
});
