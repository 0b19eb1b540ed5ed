import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ListTagsForResourceCommand, type Tag, TagResourceCommand } from '@aws-sdk/client-ecr';
import { type EcrWorld, openEcr, refused } from '../../helpers/ecr-world.ts';

let world: EcrWorld;
before(async () => {
  world = await openEcr();
});
after(() => world.close());

const arnOf = (name: string) => `arn:aws:ecr:us-east-1:${world.registryId}:repository/${name}`;
const tag = (resourceArn: string, tags: Tag[]) => world.send(new TagResourceCommand({ resourceArn, tags }));
const many = (from: number, count: number) =>
  Array.from({ length: count }, (_, at) => ({ Key: `k${from + at}`, Value: 'v' }));

test('adds tags and changes values', async () => {
  const resourceArn = arnOf(await world.repository({ tags: [{ Key: 'a', Value: '1' }] }));
  await tag(resourceArn, [
    { Key: 'a', Value: '2' },
    { Key: 'b', Value: '' },
  ]);
  const { tags } = await world.send(new ListTagsForResourceCommand({ resourceArn }));
  assert.deepEqual(tags, [
    { Key: 'a', Value: '2' },
    { Key: 'b', Value: '' },
  ]);
});

test('a repository has fifty tags at most', async () => {
  const resourceArn = arnOf(await world.repository({ tags: many(0, 49) }));
  await refused(tag(resourceArn, many(49, 2)), 'TooManyTagsException', /50/);
  await tag(resourceArn, many(48, 2));
});

test('refuses what cannot be a tag, and what is no repository', async () => {
  const resourceArn = arnOf(await world.repository());
  await refused(tag(resourceArn, [{ Key: 'aws:a', Value: '1' }]), 'InvalidTagParameterException');
  await refused(tag(resourceArn, [{ Key: 'x'.repeat(129), Value: '1' }]), 'InvalidTagParameterException');
  await refused(tag(arnOf('no/such'), many(0, 1)), 'RepositoryNotFoundException');
  for (const wrong of [
    'x',
    `arn:aws:ecr:eu-west-1:${world.registryId}:repository/a`,
    `arn:aws:s3:us-east-1:${world.registryId}:repository/a`,
  ])
    await refused(tag(wrong, many(0, 1)), 'InvalidParameterException', /Invalid ARN/);
  const foreign = 'arn:aws:ecr:us-east-1:999999999999:repository/a';
  await refused(tag(foreign, many(0, 1)), 'AccessDeniedException', /ecr:TagResource/);
});
