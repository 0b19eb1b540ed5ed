// Child process of a crash test: writes until it is killed and prints the name of each acknowledged write.
import { writeSync } from 'node:fs';
import { openMetadata } from '../../src/adapters/metadata/open.ts';
import { digest, newImage, newRepository } from './metadata-fixture.ts';

const [path, prefix] = process.argv.slice(2);
if (path === undefined || prefix === undefined) throw new Error('usage: metadata-writer PATH PREFIX');
const { storage, repositories, images, tags } = await openMetadata({
  path,
  onError: (error) => {
    throw error;
  },
});

let n = 0;
async function writeForever(): Promise<never> {
  for (;;) {
    n += 1;
    const name = `${prefix}-${n}`;
    await storage.write(async (tx) => {
      const repository = await repositories.insert(tx, newRepository(name));
      if (repository === undefined) throw new Error(`${name} exists`);
      await images.insert(tx, newImage(repository.id, 1), Buffer.from('{}'), []);
      await tags.put(tx, repository.id, 'latest', digest(1), 1);
    });
    writeSync(1, `${name}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, writeForever));
