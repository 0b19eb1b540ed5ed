// Images and tags with the committed rows of the last pulls kept in memory. Transactions read the store itself, since
// they must see what earlier writers of their batch did. Every change of such a row has to come through here; one that
// inserts an image needs not, since what is not there is never kept.
import type { Digest } from '../../shared/digest.ts';
import { makeCommittedCache } from '../committed-cache.ts';
import type { Reader } from '../storage.ts';
import type { StoredManifests } from './garbage-ports.ts';
import type { Images, Tags } from './ports.ts';
import type { Image } from './types.ts';

const MAX_IMAGES = 5000;
const MAX_TAGS = 5000;

interface Stores {
  readonly images: Images;
  readonly tags: Tags;
  readonly storedManifests: StoredManifests;
}

/** `reader`: the one reader of committed state, whose lookups are served from memory. */
export function cacheImages({ images, tags, storedManifests }: Stores, reader: Reader): Stores {
  // Annotations may be large, and what has them is looked up by its subject.
  const rows = makeCommittedCache<Image | undefined>(MAX_IMAGES, (image) => image?.annotations === undefined);
  const digests = makeCommittedCache<Digest | undefined>(MAX_TAGS);
  const key = (repositoryId: number, name: string) => `${repositoryId} ${name}`;
  return {
    images: {
      ...images,
      find: (on, repositoryId, digest) =>
        rows.find(on, reader, key(repositoryId, digest), (from) => images.find(from, repositoryId, digest)),
      async delete(tx, repositoryId, digest, at) {
        rows.changed(tx, key(repositoryId, digest));
        // They go with it.
        for (const tag of await tags.ofImage(tx, repositoryId, digest))
          digests.changed(tx, key(repositoryId, tag));
        await images.delete(tx, repositoryId, digest, at);
      },
      touchPulled(tx, repositoryId, digest, at) {
        rows.changed(tx, key(repositoryId, digest));
        return images.touchPulled(tx, repositoryId, digest, at);
      },
    },
    storedManifests: {
      ...storedManifests,
      setFault(tx, stored, fault) {
        rows.changed(tx, key(stored.repositoryId, stored.digest));
        return storedManifests.setFault(tx, stored, fault);
      },
      rewrite(tx, stored, bytes) {
        rows.changed(tx, key(stored.repositoryId, stored.digest));
        return storedManifests.rewrite(tx, stored, bytes);
      },
    },
    tags: {
      ...tags,
      find: (on, repositoryId, tag) =>
        digests.find(on, reader, key(repositoryId, tag), (from) => tags.find(from, repositoryId, tag)),
      put(tx, repositoryId, tag, digest, at) {
        digests.changed(tx, key(repositoryId, tag));
        return tags.put(tx, repositoryId, tag, digest, at);
      },
      delete(tx, repositoryId, tag) {
        digests.changed(tx, key(repositoryId, tag));
        return tags.delete(tx, repositoryId, tag);
      },
    },
  };
}
