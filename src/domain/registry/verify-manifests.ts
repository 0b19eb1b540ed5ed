// The bytes of manifests, held against their digests when they are read from their rows: once, then they come from memory.
// What does not fit is never given out. It is written down as damaged, told of once, and heals when the manifest is
// pushed again, or when a later read finds it whole.
import { digestAlgorithm, digestOf } from '../../shared/digest.ts';
import { DomainError } from '../errors.ts';
import type { Reader, Storage, Tx } from '../storage.ts';
import type { ByteCache } from './byte-cache.ts';
import type { DamageReport, ManifestKey, StoredManifests } from './garbage-ports.ts';
import type { Verdict } from './inspect-blobs.ts';
import type { Images, Repositories } from './ports.ts';
import type { ContentFault, Image } from './types.ts';

export interface ManifestsDeps {
  readonly storage: Storage;
  readonly repositories: Pick<Repositories, 'findById'>;
  readonly images: Pick<Images, 'find' | 'manifestBytes'>;
  readonly storedManifests: StoredManifests;
  /** Absent: none are kept. */
  readonly manifests?: ByteCache;
  /** Called once for each manifest that is found damaged. */
  readonly onDamage: (report: DamageReport) => void;
}

export interface VerifiedManifests {
  /** The manifest's bytes, not to be changed by the caller. Throws StorageUnavailable when they are damaged. */
  read(image: Image): Promise<Uint8Array>;
  /** Reads the row, whatever is in memory. Throws StorageUnavailable when the row cannot be read. */
  inspect(key: ManifestKey): Promise<Verdict>;
  /** In a push of the same manifest: stores the bytes again when they were found damaged. */
  heal(tx: Tx, image: Image, bytes: Uint8Array): Promise<void>;
}

export function makeVerifiedManifests(deps: ManifestsDeps): VerifiedManifests {
  const { storage, images, storedManifests, manifests } = deps;

  async function faultOf(on: Reader, image: Image): Promise<ContentFault | undefined> {
    const { repositoryId, digest } = image;
    return wrongWith(await images.manifestBytes(on, repositoryId, digest), image);
  }

  /** Looks again, where nobody can change it meanwhile, and writes down what it finds. */
  async function settle({ repositoryId, digest }: ManifestKey): Promise<Verdict> {
    const { verdict, isNew, repositoryName } = await storage.write(async (tx) => {
      const image = await images.find(tx, repositoryId, digest);
      const repository = await deps.repositories.findById(tx, repositoryId);
      // Of a repository that was deleted the rows go in steps.
      if (image === undefined || repository === undefined)
        return { verdict: 'gone', isNew: false, repositoryName: '' } as const;
      const fault = await faultOf(tx, image);
      const isNews = await storedManifests.setFault(tx, { repositoryId, digest }, fault);
      const isFirst = isNews && image.manifestFault === undefined;
      return { verdict: fault ?? 'whole', isNew: isFirst, repositoryName: repository.name } as const;
    });
    if (verdict === 'whole' || verdict === 'gone') return verdict;
    // What is in memory may be whole, and is of no use to the next process: pushing it again is what heals.
    manifests?.delete(digest);
    if (isNew) deps.onDamage({ digest, fault: verdict, repositoryName });
    return verdict;
  }

  return {
    async read(image) {
      const { repositoryId, digest } = image;
      const known = manifests?.get(digest);
      if (known?.length === image.manifestSizeBytes) return known;
      const bytes = await images.manifestBytes(storage.reader, repositoryId, digest);
      const fault = wrongWith(bytes, image);
      if (fault !== image.manifestFault) await settle(image);
      if (bytes === undefined || fault !== undefined) throw damaged(image);
      manifests?.add(digest, bytes);
      return bytes;
    },

    async inspect({ repositoryId, digest }) {
      const image = await images.find(storage.reader, repositoryId, digest);
      if (image === undefined) return 'gone';
      const fault = await faultOf(storage.reader, image);
      return fault === image.manifestFault ? (fault ?? 'whole') : settle(image);
    },

    async heal(tx, { repositoryId, digest, manifestFault }, bytes) {
      if (manifestFault === undefined) return;
      await storedManifests.rewrite(tx, { repositoryId, digest }, bytes);
    },
  };
}

/** What is wrong with bytes that are to be the image's manifest. */
function wrongWith(bytes: Uint8Array | undefined, image: Image): ContentFault | undefined {
  if (bytes === undefined) return 'missing';
  if (bytes.length !== image.manifestSizeBytes) return 'wrong size';
  return digestOf(bytes, digestAlgorithm(image.digest)) === image.digest ? undefined : 'wrong content';
}

function damaged({ digest }: Image): DomainError<'StorageUnavailable'> {
  const message = `The manifest '${digest}' cannot be read; the records of the registry are damaged. Pushing the image again heals it.`;
  return new DomainError('StorageUnavailable', message, {});
}
