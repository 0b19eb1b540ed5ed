import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ListTagsForResourceCommand, TagResourceCommand, UntagResourceCommand } from '@aws-sdk/client-signer';
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

const untag = (resourceArn: string, tagKeys: string[]) =>
  clients.signer.send(new UntagResourceCommand({ resourceArn, tagKeys }));

test('removes the named tags; names that are not there do not matter', async () => {
  const resourceArn = await clients.profile('tagged');
  await clients.signer.send(new TagResourceCommand({ resourceArn, tags: { a: '1', b: '2', c: '3' } }));
  await untag(resourceArn, ['a', 'c', 'zzz']);
  const { tags } = await clients.signer.send(new ListTagsForResourceCommand({ resourceArn }));
  assert.deepEqual(tags, { b: '2' });
});

test('an unknown profile is not found, another ARN is refused', async () => {
  const arn = 'arn:aws:signer:us-east-1:123456789012:/signing-profiles/nowhere';
  assert.equal((await awsError(untag(arn, ['a']))).name, 'NotFoundException');
  assert.equal((await awsError(untag('nonsense', ['a']))).name, 'BadRequestException');
});
