// What DescribeImageSigningStatus tells: the stored statuses of one image, whatever became of the configuration
// or the profiles since.
import { isDigest } from '../../shared/digest.ts';
import { DomainError } from '../errors.ts';
import type { Image, ImageId, RepositoryName } from '../registry/index.ts';
import type { Storage } from '../storage.ts';
import type { ImageSigningStatuses } from './ports.ts';
import type { Signing } from './signing.ts';

/** The registry's way from a client's image id to the image; throws RepositoryNotFound, ImageNotFound. */
export type ResolveImage = (name: RepositoryName, id: ImageId) => Promise<Image>;

export function makeStatus(deps: {
  readonly storage: Storage;
  readonly statuses: ImageSigningStatuses;
  readonly resolveImage: ResolveImage;
}): Signing['status'] {
  return async (name, id) => {
    if (id.digest === undefined && id.tag === undefined)
      throw invalid('imageId', 'both tag and digest cannot be null');
    if (id.digest !== undefined && !isDigest(id.digest))
      throw invalid('imageId.imageDigest', 'Member must be a sha256 or sha512 digest');
    const image = await deps.resolveImage(name, id);
    const statuses = await deps.statuses.list(deps.storage.reader, image.repositoryId, image.digest);
    return { image, statuses };
  };
}

function invalid(parameter: string, constraint: string): DomainError {
  const message = `Invalid parameter at '${parameter}' failed to satisfy constraint: '${constraint}'`;
  return new DomainError('InvalidParameter', message, { parameter });
}
