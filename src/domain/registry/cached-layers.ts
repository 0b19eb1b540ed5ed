// Layers with the committed rows of the last pulls kept in memory; transactions read the store itself. Whatever makes a
// repository lose a layer has to come through here: a deletion, a collection, a damage that was found; and so has whatever
// writes down which file of a layer was verified. The bytes of signatures, which live in the row, are not kept.
import type { Digest } from '../../shared/digest.ts';
import { makeCommittedCache } from '../committed-cache.ts';
import type { Reader } from '../storage.ts';
import type { DamagedBlobs, Garbage, VerifiedFiles } from './garbage-ports.ts';
import type { Layers } from './ports.ts';
import type { Layer } from './types.ts';

const MAX_LAYERS = 5000;

interface Stores {
  readonly layers: Layers;
  readonly garbage: Garbage;
  readonly damagedBlobs: DamagedBlobs;
  readonly verifiedFiles: VerifiedFiles;
}

/** `reader`: the one reader of committed state, whose lookups are served from memory. */
export function cacheLayers(
  { layers, garbage, damagedBlobs, verifiedFiles }: Stores,
  reader: Reader,
): Stores {
  const rows = makeCommittedCache<Layer | undefined>(MAX_LAYERS, (layer) => layer?.inline === undefined);
  const key = (repositoryId: number, digest: Digest) => `${repositoryId} ${digest}`;
  return {
    layers: {
      ...layers,
      find: (on, repositoryId, digest) =>
        rows.find(on, reader, key(repositoryId, digest), (from) => layers.find(from, repositoryId, digest)),
      unlink(tx, repositoryId, digest) {
        rows.changed(tx, key(repositoryId, digest));
        return layers.unlink(tx, repositoryId, digest);
      },
    },
    garbage: {
      ...garbage,
      unlinkUnused(tx, link, before) {
        rows.changed(tx, key(link.repositoryId, link.digest));
        return garbage.unlinkUnused(tx, link, before);
      },
    },
    damagedBlobs: {
      ...damagedBlobs,
      record(tx, damaged) {
        // Of every repository that holds it.
        rows.allChanged(tx);
        return damagedBlobs.record(tx, damaged);
      },
    },
    verifiedFiles: {
      ...verifiedFiles,
      async record(tx, digest, identity) {
        const isNew = await verifiedFiles.record(tx, digest, identity);
        // Of every repository that holds it. The push of a new layer comes here too: nothing has changed then.
        if (isNew) rows.allChanged(tx);
        return isNew;
      },
    },
  };
}
