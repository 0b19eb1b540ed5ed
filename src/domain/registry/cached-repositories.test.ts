// The memory of repositories, through the registry's door on real stores.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { image } from '../../../test/helpers/images.ts';
import { openRegistryStores, type RegistryStores } from '../../../test/helpers/registry-stores.ts';
import { isDomainError } from '../errors.ts';
import { cacheRepositories } from './cached-repositories.ts';

let stores: RegistryStores;
before(async () => {
  stores = await openRegistryStores();
});
after(() => stores.close());

const notFound = (error: unknown) => isDomainError(error, 'RepositoryNotFound');

test('a row is read once and then comes from memory', async () => {
  const { storage, repositories } = stores.metadata;
  const repository = await stores.repository();
  let reads = 0;
  const cached = cacheRepositories(
    {
      ...repositories,
      find(...asked) {
        reads += 1;
        return repositories.find(...asked);
      },
    },
    storage.reader,
  );
  for (let i = 0; i < 3; i += 1)
    assert.equal(
      (await cached.find(storage.reader, repository.registry, repository.repositoryName))?.id,
      repository.id,
    );
  assert.equal(reads, 1);
});

test('a change is seen by the next request', async () => {
  const repository = await stores.repository();
  const { repositories } = stores.registry;
  assert.equal((await repositories.find(repository)).tagMutability, 'MUTABLE');
  await repositories.putTagMutability(repository, 'IMMUTABLE', undefined);
  assert.equal((await repositories.find(repository)).tagMutability, 'IMMUTABLE');
});

test('a repository that was deleted is gone at once, and one of the same name is another', async () => {
  const repository = await stores.repository();
  const { repositories } = stores.registry;
  await repositories.find(repository);
  await repositories.delete(repository, { force: false });
  await assert.rejects(repositories.find(repository), notFound);
  const again = await repositories.create(repository);
  assert.notEqual(again.id, repository.id);
  assert.equal((await repositories.find(repository)).id, again.id);
});

test('a push in the batch that deletes the repository is refused in order', async () => {
  const repository = await stores.repository();
  const { repositories } = stores.registry;
  await repositories.find(repository);
  const [deleted, pushed] = await Promise.allSettled([
    repositories.delete(repository, { force: true }),
    stores.put(repository, image().manifest),
  ]);
  assert.equal(deleted.status, 'fulfilled');
  assert.ok(pushed.status === 'rejected' && notFound(pushed.reason));
});
