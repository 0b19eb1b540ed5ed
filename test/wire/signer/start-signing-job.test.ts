import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { StartSigningJobCommand } from '@aws-sdk/client-signer';
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

const start = (profileName: string, profileOwner?: string) =>
  clients.signer.send(
    new StartSigningJobCommand({
      source: { s3: { bucketName: 'b', key: 'k', version: '1' } },
      destination: { s3: { bucketName: 'b' } },
      profileName,
      profileOwner,
    }),
  );

test('objects in S3 are not signed, and the refusal says what is', async () => {
  await clients.profile('images');
  const { name, message } = await awsError(start('images'));
  assert.equal(name, 'ValidationException');
  assert.match(message, /Notation-OCI-SHA384-ECDSA/);
  assert.match(message, /SignPayload/);
});

test('an unknown profile is not found, another account is denied', async () => {
  assert.equal((await awsError(start('nowhere'))).name, 'ResourceNotFoundException');
  assert.equal((await awsError(start('images', '999999999999'))).name, 'AccessDeniedException');
});
