// Layers that a repository holds. A blob is stored once; a repository sees it only after it was pushed or mounted
// there. Taking a layer out of a repository never touches the bytes: that is the collector's work.
import { unreachable } from '../../shared/assert.ts';
import type { Clock } from '../../shared/clock.ts';
import { type Digest, digestAlgorithm, digestOf } from '../../shared/digest.ts';
import { DomainError } from '../errors.ts';
import type { Storage } from '../storage.ts';
import { type BlobFiles, type BlobReader, bytesReader } from './blob-ports.ts';
import type { ByteCache } from './byte-cache.ts';
import type { HeldLayers } from './held-layers.ts';
import { type Inspector, wrongWith } from './inspect-blobs.ts';
import type { Layers, Repositories } from './ports.ts';
import type { LayersDoor, RepositoryName } from './registry.ts';
import { findRepository } from './repositories.ts';
import type { Layer, Repository } from './types.ts';

export interface LayersDeps {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly repositories: Repositories;
  readonly layers: Layers;
  readonly blobFiles: BlobFiles;
  readonly heldLayers: HeldLayers;
  readonly small: ByteCache;
  readonly inspector: Inspector;
}

export function makeLayers(deps: LayersDeps): LayersDoor {
  const { storage, clock, repositories, layers, blobFiles, heldLayers, small, inspector } = deps;

  /** The repository to mount from, when the caller may read there. */
  async function sourceOf(
    name: RepositoryName,
    digest: Digest,
    from: string | undefined,
    mayRead: (repositoryName: string) => Promise<boolean>,
  ): Promise<Repository | undefined> {
    const source =
      from === undefined
        ? await layers.findHolder(storage.reader, name.registry, digest)
        : await repositories.find(storage.reader, name.registry, from);
    return source !== undefined && (await mayRead(source.name)) ? source : undefined;
  }

  /**
   * undefined when the bytes of the row, or the file, are plainly not what they should be, or the file is not the one that
   * was verified.
   */
  async function openWhole(layer: Layer): Promise<BlobReader | undefined> {
    const { digest, inline } = layer;
    if (inline !== undefined)
      return wrongWith(inline, layer) === undefined ? bytesReader(digest, inline) : undefined;
    const reader = await blobFiles.open(layer.digest);
    if (reader?.sizeBytes === layer.sizeBytes && isWhatItIsCalled(reader, layer)) return reader;
    reader?.close();
    return undefined;
  }

  /** Damage is written down, so that a push of the layer heals it. */
  async function openDoubtful(name: RepositoryName, repositoryId: number, layer: Layer): Promise<BlobReader> {
    const { digest, sizeBytes, inline } = layer;
    const verdict = await inspector.verify({ digest, sizeBytes, isInline: inline !== undefined });
    switch (verdict) {
      case 'gone':
        throw blobNotFound(name, layer.digest);
      case 'missing':
      case 'wrong size':
      case 'wrong content':
        throw damaged(layer.digest);
      case 'whole': {
        const verified = await layers.find(storage.reader, repositoryId, layer.digest);
        if (verified === undefined) throw blobNotFound(name, layer.digest);
        // Something put yet another file in its place meanwhile.
        const reader = await openWhole(verified);
        if (reader === undefined) throw damaged(layer.digest);
        return reader;
      }
      default:
        return unreachable(verdict);
    }
  }

  return {
    async find(name, digest) {
      const repository = await findRepository(repositories, storage.reader, name);
      const layer = await layers.find(storage.reader, repository.id, digest);
      if (layer === undefined || !(await heldLayers.tell(repository.id, [digest])).has(digest)) {
        throw blobNotFound(name, digest);
      }
      return layer;
    },

    async open(name, digest) {
      const repository = await findRepository(repositories, storage.reader, name);
      const layer = await layers.find(storage.reader, repository.id, digest);
      if (layer === undefined) {
        const hurt = await layers.findDamaged(storage.reader, repository.id, digest);
        if (hurt === undefined) {
          // One that an image names has lost its record.
          const isNamed = await layers.isReferenced(storage.reader, repository.id, digest);
          if (isNamed && (await inspector.isLost({ repositoryId: repository.id, digest })))
            throw damaged(digest);
          throw blobNotFound(name, digest);
        }
        // Its file was moved aside: one that is there now was put back by somebody.
        return openDoubtful(name, repository.id, hurt);
      }
      const known = small.get(digest);
      if (known !== undefined) return bytesReader(digest, known);
      const reader = (await openWhole(layer)) ?? (await openDoubtful(name, repository.id, layer));
      if (reader.bytes !== undefined) small.add(digest, reader.bytes);
      return reader;
    },

    async missing(name, digests) {
      const repository = await findRepository(repositories, storage.reader, name);
      const held = await heldLayers.tell(repository.id, digests);
      return digests.filter((digest) => !held.has(digest));
    },

    async mount(name, digest, from, mayRead) {
      await findRepository(repositories, storage.reader, name);
      const source = await sourceOf(name, digest, from, mayRead);
      if (source === undefined) return false;
      return storage.write(async (tx) => {
        const target = await findRepository(repositories, tx, name);
        // Looked up here, not before: the source may let go of it, or be deleted, at any time.
        if ((await repositories.findById(tx, source.id)) === undefined) return false;
        const layer = await layers.find(tx, source.id, digest);
        if (layer === undefined) return false;
        await layers.put(tx, target.id, layer, clock.now());
        return true;
      });
    },

    delete(name, digest) {
      return storage.write(async (tx) => {
        const repository = await findRepository(repositories, tx, name);
        if (await layers.isReferenced(tx, repository.id, digest)) {
          const message = `The layer '${digest}' is part of an image in the repository with name '${name.repositoryName}'; delete the image first`;
          throw new DomainError('Conflict', message, {});
        }
        if (!(await layers.unlink(tx, repository.id, digest))) throw blobNotFound(name, digest);
      });
    },
  };
}

function damaged(digest: Digest): DomainError<'StorageUnavailable'> {
  const message = `The bytes of the layer '${digest}' cannot be read; the storage of the registry is damaged. Pushing the layer again heals it.`;
  return new DomainError('StorageUnavailable', message, {});
}

/**
 * Bytes that are at hand are checked before they are kept. A large file is the one that was verified; when none was yet,
 * it is left to the next round: a first pull after an upgrade must not wait for gigabytes to be read.
 */
function isWhatItIsCalled({ digest, bytes, identity }: BlobReader, { fileIdentity }: Layer): boolean {
  if (bytes !== undefined) return digestOf(bytes, digestAlgorithm(digest)) === digest;
  return fileIdentity === undefined || fileIdentity === identity;
}

function blobNotFound(name: RepositoryName, digest: Digest): DomainError<'BlobNotFound'> {
  const message = `The layer '${digest}' does not exist in the repository with name '${name.repositoryName}' in the registry with id '${name.registry.accountId}'`;
  return new DomainError('BlobNotFound', message, { digest });
}
