// How many images a repository may have: pushed ones and the signatures that are published beside them.
import type { Reader } from '../storage.ts';
import type { Images } from './ports.ts';

/** The limit, when the repository has as many images as it may; undefined when there is room. */
export async function reachedQuota(
  deps: {
    readonly images: Pick<Images, 'count'>;
    /** undefined for no limit. */
    readonly imagesPerRepository?: number | undefined;
  },
  on: Reader,
  repositoryId: number,
): Promise<number | undefined> {
  const { images, imagesPerRepository: limit } = deps;
  return limit !== undefined && (await images.count(on, repositoryId)) >= limit ? limit : undefined;
}
