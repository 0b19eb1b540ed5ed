import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ListTagsForResourceCommand, TagResourceCommand } from '@aws-sdk/client-signer';
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

const tag = (resourceArn: string, tags: Record<string, string>) =>
  clients.signer.send(new TagResourceCommand({ resourceArn, tags }));

test('adds and replaces tags', async () => {
  const resourceArn = await clients.profile('tagged');
  await tag(resourceArn, { a: '1', b: '2' });
  await tag(resourceArn, { b: '3', 'c:d': '' });
  const { tags } = await clients.signer.send(new ListTagsForResourceCommand({ resourceArn }));
  assert.deepEqual(tags, { a: '1', b: '3', 'c:d': '' });
});

test('refuses more than 50 tags', async () => {
  const arn = await clients.profile('many');
  const tags = (from: number, count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => ['k'.repeat(from + i + 1), 'v']));
  await tag(arn, tags(0, 50));
  await tag(arn, tags(0, 50));
  const { name, message } = await awsError(tag(arn, tags(50, 1)));
  assert.equal(name, 'BadRequestException');
  assert.match(message, /50/);
});

test('an ARN that names no profile is refused', async () => {
  const base = 'arn:aws:signer:us-east-1:123456789012:/signing-profiles';
  assert.equal((await awsError(tag(`${base}/nowhere`, { a: '1' }))).name, 'NotFoundException');
  const other = 'arn:aws:signer:eu-west-1:123456789012:/signing-profiles/tagged';
  assert.equal((await awsError(tag(other, { a: '1' }))).name, 'NotFoundException');
  for (const arn of [
    'nonsense',
    `${base}/tagged/0123456789`,
    'arn:aws:ecr:us-east-1:123456789012:repository/a',
  ])
    assert.equal((await awsError(tag(arn, { a: '1' }))).name, 'BadRequestException', arn);
});

test('tags that the model forbids are refused', async () => {
  const arn = await clients.profile('strict');
  for (const tags of [{ 'aws:x': 'v' }, { a: 'v'.repeat(257) }, { ['k'.repeat(129)]: 'v' }] as Record<
    string,
    string
  >[])
    assert.equal((await awsError(tag(arn, tags))).name, 'BadRequestException', JSON.stringify(tags));
});
