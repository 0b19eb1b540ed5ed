// From what a client names an image by (tag, digest or both) to the image.
import { unreachable } from '../../shared/assert.ts';
import { isDigest } from '../../shared/digest.ts';
import { isTag } from '../../shared/names.ts';
import type { Reader } from '../storage.ts';
import { imageNotFound, invalidParameter } from './errors.ts';
import type { Images, Tags } from './ports.ts';
import type { ImageFailure, RepositoryName } from './registry.ts';
import type { Image, ImageId } from './types.ts';

export type FoundImage =
  | { readonly kind: 'found'; readonly image: Image }
  | { readonly kind: 'failed'; readonly code: ImageFailure['code']; readonly reason: string };

type Stores = { readonly images: Images; readonly tags: Tags };

function failed(code: ImageFailure['code'], reason: string): FoundImage {
  return { kind: 'failed', code, reason };
}

/** Looks an image up; what is wrong with the name is data, in ECR's words for batch replies. */
export async function lookUpImage(
  { images, tags }: Stores,
  on: Reader,
  repositoryId: number,
  { digest, tag }: ImageId,
): Promise<FoundImage> {
  if (digest === undefined && tag === undefined) {
    return failed('MissingDigestAndTag', 'Invalid request parameters: both tag and digest cannot be null');
  }
  if (digest !== undefined && !isDigest(digest)) {
    return failed(
      'InvalidImageDigest',
      "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
    );
  }
  if (tag !== undefined && !isTag(tag)) {
    return failed(
      'InvalidImageTag',
      "Invalid request parameters: image tag should satisfy the regex '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'",
    );
  }
  const tagged = tag === undefined ? undefined : await tags.find(on, repositoryId, tag);
  const named = digest ?? tagged;
  const image = named === undefined ? undefined : await images.find(on, repositoryId, named);
  if (image === undefined || (tag !== undefined && tagged === undefined)) {
    return failed('ImageNotFound', 'Requested image not found');
  }
  if (tag !== undefined && tagged !== image.digest) {
    return failed(
      'ImageTagDoesNotMatchDigest',
      `The tag '${tag}' does not belong to the image ${image.digest}`,
    );
  }
  return { kind: 'found', image };
}

/** The image, for calls about one. Throws ImageNotFound, or InvalidParameter when nothing is named. */
export async function resolveImage(
  stores: Stores,
  on: Reader,
  repositoryId: number,
  name: RepositoryName,
  id: ImageId,
): Promise<Image> {
  const found = await lookUpImage(stores, on, repositoryId, id);
  if (found.kind === 'found') return found.image;
  const { code } = found;
  switch (code) {
    case 'MissingDigestAndTag':
      throw invalidParameter('imageId', 'Member must have an imageDigest or an imageTag');
    // What cannot be the name of an image names none.
    case 'InvalidImageDigest':
    case 'InvalidImageTag':
    case 'ImageNotFound':
    case 'ImageTagDoesNotMatchDigest':
    case 'ImageReferencedByManifestList':
      throw imageNotFound(name, id);
    default:
      return unreachable(code);
  }
}
