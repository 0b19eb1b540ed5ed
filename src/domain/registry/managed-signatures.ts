// What the registry asks of the area that signs its images, and that area of the registry. The registry knows
// no more of signatures than which images are some that the server made (`Image.signingJobId`).
import type { Digest } from '../../shared/digest.ts';
import { isIndexMediaType } from '../../shared/media-types.ts';
import type { Tx } from '../storage.ts';
import { resolveImage } from './find-image.ts';
import type { DamagedBlobs, StoredManifests } from './garbage-ports.ts';
import type { Repositories } from './ports.ts';
import { isListUnderAll } from './referrers-list.ts';
import type { RepositoryName, StoredImage } from './registry.ts';
import { type RemoveImageDeps, removeImage } from './remove-image.ts';
import { findRepository } from './repositories.ts';
import type { Image, ImageId } from './types.ts';

/** Something that is stored, as a read or a scrub looks at it. */
export type StoredContent =
  | { readonly kind: 'manifest'; readonly repositoryId: number; readonly digest: Digest }
  | { readonly kind: 'blob'; readonly digest: Digest }
  /** What an image names as its config or layer. */
  | {
      readonly kind: 'layer';
      readonly repositoryId: number;
      readonly image: Digest;
      readonly digest: Digest;
    };

/** A managed signature that a status rests on, and of which a record is gone. */
export interface LostSignature {
  /** Of its manifest. */
  readonly digest: Digest;
  /** The image that it signs. */
  readonly subject: Digest;
  readonly repositoryName: string;
  /** Which record, and how. */
  readonly fault: string;
}

export interface ManagedSignatures {
  /**
   * Asked in the transaction that would delete a managed signature by itself: why it must stay, and what to do to be
   * rid of it. undefined: it may be deleted.
   */
  holdOn(tx: Tx, signature: Image): Promise<string | undefined>;
  /**
   * Called in the transaction that writes down that stored content was found damaged or gone (`fault` says how), or
   * whole again (`fault` undefined). Any content: that of signatures is found here.
   */
  contentFound(tx: Tx, content: StoredContent, fault: string | undefined): Promise<void>;
  /**
   * Looks at some of all signing statuses, in transactions of its own, and writes down which rest on a signature of which
   * a record is gone or there again. `next`: where to continue, as `after`; undefined at the end.
   */
  findLost(query: {
    readonly after?: string;
    readonly limit: number;
  }): Promise<{ readonly lost: readonly LostSignature[]; readonly next?: string }>;
}

/** What the area that signs images asks of the registry, in transactions of its own. */
export interface ImagesToSign {
  /** An image as a push of it is told of, and the images that it lists. Throws RepositoryNotFound, ImageNotFound. */
  find(
    tx: Tx,
    name: RepositoryName,
    id: ImageId,
  ): Promise<{ readonly stored: StoredImage; readonly children: readonly Digest[] }>;
  /** The managed signatures of an image, in no order. */
  signaturesOf(tx: Tx, repositoryId: number, digest: Digest): Promise<readonly Image[]>;
  /** Removes a signature that no status rests on any more. */
  removeSignature(tx: Tx, repositoryId: number, digest: Digest): Promise<void>;
}

export function makeImagesToSign(
  deps: RemoveImageDeps & { readonly repositories: Repositories },
): ImagesToSign {
  const { images } = deps;
  return {
    async find(tx, name, id) {
      const repository = await findRepository(deps.repositories, tx, name);
      const image = await resolveImage(deps, tx, repository.id, name, id);
      const isIndex = isIndexMediaType(image.mediaType);
      const references = isIndex ? await images.references(tx, repository.id, image.digest) : [];
      const tags = await deps.tags.ofImage(tx, repository.id, image.digest);
      const isReferrersList = await isListUnderAll(images, tx, { ...image, references }, tags);
      const children = references.flatMap(({ kind, digest }) => (kind === 'manifest' ? [digest] : []));
      return { stored: { repository, image, isNew: false, tags, isReferrersList }, children };
    },
    async signaturesOf(tx, repositoryId, digest) {
      const found: Image[] = [];
      for (const signature of await images.managedSignatures(tx, repositoryId, digest)) {
        const image = await images.find(tx, repositoryId, signature);
        if (image !== undefined) found.push(image);
      }
      return found;
    },
    async removeSignature(tx, repositoryId, digest) {
      await removeImage(deps, tx, repositoryId, digest);
    },
  };
}

/** Tells of all that is written down as damaged, and of all that is whole again. */
export function tellOfDamage(
  { damagedBlobs, storedManifests }: Stores,
  { contentFound }: Pick<ManagedSignatures, 'contentFound'>,
): Stores {
  return {
    damagedBlobs: {
      ...damagedBlobs,
      async record(tx, damaged) {
        const isNew = await damagedBlobs.record(tx, damaged);
        if (isNew) await contentFound(tx, { kind: 'blob', digest: damaged.digest }, damaged.fault);
        return isNew;
      },
      async clear(tx, digest) {
        const wasDamaged = await damagedBlobs.clear(tx, digest);
        if (wasDamaged) await contentFound(tx, { kind: 'blob', digest }, undefined);
        return wasDamaged;
      },
    },
    storedManifests: {
      ...storedManifests,
      async setFault(tx, key, fault) {
        const isNews = await storedManifests.setFault(tx, key, fault);
        if (isNews) await contentFound(tx, { kind: 'manifest', ...key }, fault);
        return isNews;
      },
      async rewrite(tx, key, bytes) {
        await storedManifests.rewrite(tx, key, bytes);
        await contentFound(tx, { kind: 'manifest', ...key }, undefined);
      },
    },
  };
}

interface Stores {
  readonly damagedBlobs: DamagedBlobs;
  readonly storedManifests: StoredManifests;
}
