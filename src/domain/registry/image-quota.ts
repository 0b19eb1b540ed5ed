// How much may be pushed to a repository: images, and apart from them what clients attach to images (manifests with a
// subject), for each image and for the repository. Managed signatures count as neither. Asked in the transaction that
// stores the image, so that no two pushes pass a bound together.
import type { Tx } from '../storage.ts';
import { tooManyImages, tooManyReferrers, tooManyReferrersOfImage } from './errors.ts';
import type { Images } from './ports.ts';
import type { RepositoryName } from './registry.ts';
import type { Image } from './types.ts';

/** Manifests that clients may attach to one image, stored or not. */
export const REFERRERS_PER_IMAGE = 1000;

export interface QuotaDeps {
  readonly images: Pick<Images, 'count' | 'countReferrers'>;
  /** Both undefined for no limit. */
  readonly imagesPerRepository?: number | undefined;
  readonly referrersPerRepository?: number | undefined;
}

/** Throws LimitExceeded when there is no room for one more. */
export async function checkQuota(
  deps: QuotaDeps,
  tx: Tx,
  name: RepositoryName,
  { repositoryId, subject }: Pick<Image, 'repositoryId' | 'subject'>,
): Promise<void> {
  const { images, imagesPerRepository, referrersPerRepository } = deps;
  if (subject === undefined) {
    if (imagesPerRepository === undefined) return;
    const { images: stored } = await images.count(tx, repositoryId);
    if (stored >= imagesPerRepository) throw tooManyImages(name, imagesPerRepository);
    return;
  }
  if ((await images.countReferrers(tx, repositoryId, subject)) >= REFERRERS_PER_IMAGE)
    throw tooManyReferrersOfImage(name, subject, REFERRERS_PER_IMAGE);
  if (referrersPerRepository === undefined) return;
  const { referrers } = await images.count(tx, repositoryId);
  if (referrers >= referrersPerRepository) throw tooManyReferrers(name, referrersPerRepository);
}
