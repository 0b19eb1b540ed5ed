// Removing an image for good: with it, in the same transaction, goes what the server made for it.
import type { Clock } from '../../shared/clock.ts';
import type { Digest } from '../../shared/digest.ts';
import type { Tx } from '../storage.ts';
import type { DeletedSubjects, Images, Tags } from './ports.ts';
import type { ImageId } from './types.ts';

/** An image that is pushed again within this time keeps its referrers, ms. */
const REFERRERS_DELAY_MS = 12 * 3_600_000;

export interface RemoveImageDeps {
  readonly clock: Clock;
  readonly images: Images;
  readonly tags: Tags;
  readonly deletedSubjects: Pick<DeletedSubjects, 'note'>;
  /** Whether what clients attached to it is deleted, too. */
  readonly referrersOfDeleted: 'delete' | 'keep';
}

/** An image that went, with the tags that it had. */
export interface RemovedImage {
  readonly digest: Digest;
  readonly tags: readonly string[];
}

/**
 * Removes the image with its tags, its signing statuses and its managed signatures, also those that an index lists:
 * they are nothing without it. Gives what went, the image first. Other referrers follow after `delayMs`
 * (remove-referrers.ts). Whether the image may be removed is for the caller to know.
 */
export async function removeImage(
  { clock, images, tags, deletedSubjects, referrersOfDeleted }: RemoveImageDeps,
  tx: Tx,
  repositoryId: number,
  digest: Digest,
  delayMs = REFERRERS_DELAY_MS,
): Promise<readonly RemovedImage[]> {
  const removed: RemovedImage[] = [];
  const deletedAt = clock.now();
  for (const gone of [digest, ...(await images.managedSignatures(tx, repositoryId, digest))]) {
    removed.push({ digest: gone, tags: await tags.ofImage(tx, repositoryId, gone) });
    await images.delete(tx, repositoryId, gone, deletedAt);
  }
  if (referrersOfDeleted === 'delete')
    for (const { digest: gone } of removed)
      await deletedSubjects.note(tx, { repositoryId, digest: gone, deletedAt }, deletedAt + delayMs);
  return removed;
}

/** Signatures that went with their images while a batch runs: an id that names one is served, not missing. */
export class RemovedImages {
  readonly #images = new Set<RemovedImage>();

  add(removed: readonly RemovedImage[]): void {
    for (const image of removed) this.#images.add(image);
  }

  /** The one that the id names by digest, tag or both, once; undefined when it names none. */
  take({ digest, tag }: ImageId): RemovedImage | undefined {
    if (digest === undefined && tag === undefined) return undefined;
    for (const image of this.#images) {
      if (digest !== undefined && image.digest !== digest) continue;
      if (tag !== undefined && !image.tags.includes(tag)) continue;
      this.#images.delete(image);
      return image;
    }
    return undefined;
  }
}
