import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ListTagsForResourceCommand } from '@aws-sdk/client-signer';
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

const list = (resourceArn: string) => clients.signer.send(new ListTagsForResourceCommand({ resourceArn }));

test('a profile without tags has an empty map', async () => {
  const arn = await clients.profile('bare');
  assert.deepEqual((await list(arn)).tags, {});
});

test('an unknown profile is not found, another ARN is refused', async () => {
  const arn = 'arn:aws:signer:us-east-1:123456789012:/signing-profiles/nowhere';
  assert.equal((await awsError(list(arn))).name, 'NotFoundException');
  assert.equal((await awsError(list('nonsense'))).name, 'BadRequestException');
});
