// Removing an image for good: with it, in the same transaction, goes what the server made for it.
import type { Clock } from '../../shared/clock.ts';
import type { Digest } from '../../shared/digest.ts';
import type { Tx } from '../storage.ts';
import type { Images, Tags } from './ports.ts';
import type { ImageId } from './types.ts';

export interface RemoveImageDeps {
  readonly clock: Clock;
  readonly images: Images;
  readonly tags: Tags;
}

/** An image that went, with the tags that it had. */
export interface RemovedImage {
  readonly digest: Digest;
  readonly tags: readonly string[];
}

/**
 * Removes the image with its tags, its signing statuses and its managed signatures, also those that an index lists:
 * they are nothing without it. Gives what went, the image first. Other referrers stay. Whether the image may be removed
 * is for the caller to know.
 */
export async function removeImage(
  { clock, images, tags }: RemoveImageDeps,
  tx: Tx,
  repositoryId: number,
  digest: Digest,
): Promise<readonly RemovedImage[]> {
  const removed: RemovedImage[] = [];
  for (const gone of [digest, ...(await images.managedSignatures(tx, repositoryId, digest))]) {
    removed.push({ digest: gone, tags: await tags.ofImage(tx, repositoryId, gone) });
    await images.delete(tx, repositoryId, gone, clock.now());
  }
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
