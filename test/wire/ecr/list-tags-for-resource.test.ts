import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ListTagsForResourceCommand } from '@aws-sdk/client-ecr';
import { type EcrWorld, openEcr, refused } from '../../helpers/ecr-world.ts';

let world: EcrWorld;
before(async () => {
  world = await openEcr();
});
after(() => world.close());

const arnOf = (name: string) => `arn:aws:ecr:us-east-1:${world.registryId}:repository/${name}`;
const list = (resourceArn: string) => world.send(new ListTagsForResourceCommand({ resourceArn }));

test('lists none, or what there is', async () => {
  assert.deepEqual((await list(arnOf(await world.repository()))).tags, []);
  const tags = [{ Key: 'a', Value: '1' }];
  assert.deepEqual((await list(arnOf(await world.repository({ tags })))).tags, tags);
});

test('refuses what is no repository', async () => {
  await refused(list(arnOf('no/such')), 'RepositoryNotFoundException');
  await refused(list('arn:aws:ecr'), 'InvalidParameterException', /Invalid ARN/);
});
