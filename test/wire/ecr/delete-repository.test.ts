import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  DeleteRepositoryCommand,
  DescribeRepositoriesCommand,
  ListImagesCommand,
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

test('while the content of a deleted repository is still being removed nobody finds it, and its name is free', async (t) => {
  const held = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const slow = await openEcr({
    collectionCheckpoint: async (point) => {
      if (point !== 'remove:part-removed') return;
      begun.resolve();
      await held.promise;
    },
  });
  t.after(() => slow.close());
  // Two, so that some of it is left after the first part: the second waits for its turn.
  const deleted = await slow.repository();
  const waiting = await slow.repository();
  const other = await slow.repository();
  const pushed = image();
  for (const name of [deleted, waiting]) await slow.push(name, pushed, 'v1');
  for (const repositoryName of [deleted, waiting])
    await slow.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
  await begun.promise;

  const named = new DescribeRepositoriesCommand({ repositoryNames: [waiting] });
  await refused(slow.send(named), 'RepositoryNotFoundException');
  const { repositories = [] } = await slow.send(new DescribeRepositoriesCommand({}));
  assert.deepEqual(
    repositories.map(({ repositoryName }) => repositoryName),
    [other],
  );
  const authorization = await slow.server.login();
  const fetched = (path: string, method = 'GET') =>
    fetch(`${slow.server.url}/v2/${path}`, { method, headers: { authorization } });
  assert.deepEqual(await (await fetched('_catalog')).json(), { repositories: [other] });
  assert.equal((await fetched(`${waiting}/manifests/v1`)).status, 404);
  const [layer] = pushed.blobs;
  assert.ok(layer !== undefined);
  assert.equal((await fetched(`${waiting}/blobs/${layer.digest}`)).status, 404);
  // A mount that cannot be done begins an upload.
  for (const from of [`&from=${waiting}`, ''])
    assert.equal((await fetched(`${other}/blobs/uploads/?mount=${layer.digest}${from}`, 'POST')).status, 202);

  await slow.repository({ repositoryName: waiting });
  const { imageIds } = await slow.send(new ListImagesCommand({ repositoryName: waiting }));
  assert.deepEqual(imageIds, []);
  await slow.push(waiting, pushed, 'v2');
  held.resolve();
  await slow.server.upkeep.collect({ graceMs: 0 });
  assert.equal((await fetched(`${waiting}/manifests/v2`)).status, 200);
  assert.equal((await fetched(`${waiting}/blobs/${layer.digest}`)).status, 200);
});
