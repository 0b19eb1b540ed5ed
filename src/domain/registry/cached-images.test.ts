// The memory of images and tags, through the registry's door on real stores.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { image } from '../../../test/helpers/images.ts';
import { openRegistryStores, type RegistryStores } from '../../../test/helpers/registry-stores.ts';
import { isDomainError } from '../errors.ts';
import { cacheImages } from './cached-images.ts';

let stores: RegistryStores;
before(async () => {
  stores = await openRegistryStores();
});
after(() => stores.close());

const notFound = (error: unknown) => isDomainError(error, 'ImageNotFound');

test('rows are read once and then come from memory', async () => {
  const { storage, images, tags } = stores.metadata;
  const repository = await stores.repository();
  const { image: pushed } = await stores.push(repository, image(), 'v1');
  let reads = 0;
  const counted = {
    ...stores.metadata,
    images: {
      ...images,
      find(...asked: Parameters<typeof images.find>) {
        reads += 1;
        return images.find(...asked);
      },
    },
    tags: {
      ...tags,
      find(...asked: Parameters<typeof tags.find>) {
        reads += 1;
        return tags.find(...asked);
      },
    },
  };
  const cached = cacheImages(counted, storage.reader);
  for (let i = 0; i < 3; i += 1) {
    assert.equal(await cached.tags.find(storage.reader, repository.id, 'v1'), pushed.digest);
    assert.deepEqual(await cached.images.find(storage.reader, repository.id, pushed.digest), pushed);
  }
  assert.equal(reads, 2);
});

test('a tag that is moved or taken away is so for the next pull', async () => {
  const repository = await stores.repository();
  const { images } = stores.registry;
  const { image: first } = await stores.push(repository, image(), 'v1');
  assert.equal((await images.resolve(repository, { tag: 'v1' })).digest, first.digest);
  const { image: second } = await stores.push(repository, image(), 'v1');
  assert.equal((await images.resolve(repository, { tag: 'v1' })).digest, second.digest);
  await images.delete(repository, { tag: 'v1' });
  await assert.rejects(images.resolve(repository, { tag: 'v1' }), notFound);
  assert.equal((await images.resolve(repository, { digest: second.digest })).digest, second.digest);
});

test('an image that was deleted took its tags along, also when it is pushed again', async () => {
  const repository = await stores.repository();
  const { images } = stores.registry;
  const made = image();
  const { image: pushed } = await stores.push(repository, made, 'v1', 'v2');
  for (const tag of ['v1', 'v2']) await images.resolve(repository, { tag });
  await images.delete(repository, { digest: pushed.digest });
  await assert.rejects(images.resolve(repository, { digest: pushed.digest }), notFound);
  await stores.push(repository, made, 'v2');
  await assert.rejects(images.resolve(repository, { tag: 'v1' }), notFound);
  assert.equal((await images.resolve(repository, { tag: 'v2' })).digest, pushed.digest);
});

test('the time of a pull is seen when it is written', async () => {
  const repository = await stores.repository();
  const { images } = stores.registry;
  await stores.push(repository, image(), 'v1');
  await images.get(repository, { tag: 'v1' });
  assert.equal((await images.resolve(repository, { tag: 'v1' })).lastPulledAt, undefined);
  await images.recordPulls();
  assert.equal((await images.resolve(repository, { tag: 'v1' })).lastPulledAt, stores.clock.now());
});
