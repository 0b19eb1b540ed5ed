import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  DeleteRepositoryCommand,
  DescribeRepositoriesCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-ecr';
import { type EcrWorld, openEcr, refused } from '../../helpers/ecr-world.ts';
import { image } from '../../helpers/images.ts';

let world: EcrWorld;
before(async () => {
  world = await openEcr();
});
after(() => world.close());

const remove = (repositoryName: string, force?: boolean) =>
  world.send(new DeleteRepositoryCommand({ repositoryName, force }));

test('deletes an empty repository, with its tags', async () => {
  const tags = [{ Key: 'a', Value: 'b' }];
  const repositoryName = await world.repository({ tags });
  const { repository } = await remove(repositoryName);
  assert.equal(repository?.repositoryName, repositoryName);
  await refused(
    world.send(new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] })),
    'RepositoryNotFoundException',
  );
  await world.repository({ repositoryName });
  const list = new ListTagsForResourceCommand({ resourceArn: repository?.repositoryArn });
  assert.deepEqual((await world.send(list)).tags, []);
});

test('keeps one that holds images, unless forced', async () => {
  const repositoryName = await world.repository();
  await world.push(repositoryName, image(), 'v1');
  await refused(
    remove(repositoryName),
    'RepositoryNotEmptyException',
    /cannot be deleted because it still contains images$/,
  );
  assert.equal((await remove(repositoryName, true)).repository?.repositoryName, repositoryName);
});

test('refuses one that does not exist', async () => {
  await refused(remove('no/such'), 'RepositoryNotFoundException');
  await refused(remove('No'), 'InvalidParameterException');
});
