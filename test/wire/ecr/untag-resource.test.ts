import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ListTagsForResourceCommand, UntagResourceCommand } from '@aws-sdk/client-ecr';
import { type EcrWorld, openEcr, refused } from '../../helpers/ecr-world.ts';

let world: EcrWorld;
before(async () => {
  world = await openEcr();
});
after(() => world.close());

const arnOf = (name: string) => `arn:aws:ecr:us-east-1:${world.registryId}:repository/${name}`;
const untag = (resourceArn: string, tagKeys: string[]) =>
  world.send(new UntagResourceCommand({ resourceArn, tagKeys }));

test('removes the tags named and passes over others', async () => {
  const tags = ['a', 'b', 'c'].map((Key) => ({ Key, Value: '1' }));
  const resourceArn = arnOf(await world.repository({ tags }));
  await untag(resourceArn, ['a', 'c', 'unknown']);
  const list = new ListTagsForResourceCommand({ resourceArn });
  assert.deepEqual((await world.send(list)).tags, [{ Key: 'b', Value: '1' }]);
});

test('refuses what is no repository', async () => {
  await refused(untag(arnOf('no/such'), ['a']), 'RepositoryNotFoundException');
  await refused(untag('x', ['a']), 'InvalidParameterException', /Invalid ARN/);
});
