// BatchDeleteImage: by tag untags, and the last tag takes the image with it; by digest the image goes with all.
import type { ImageIdentifier } from '../generated/types.ts';
import { operation } from '../operation.ts';
import { imageFailureShape, imageId, imageIdShape } from '../shapes.ts';

/** Ids that an answer names with their tags. */
const IDS_TOLD = 5000;

export const batchDeleteImage = operation('BatchDeleteImage', async (input, { account, services }) => {
  const { deleted, failures } = await services.registry.images.deleteMany(
    { registry: account, repositoryName: input.repositoryName },
    input.imageIds.map(imageId),
  );
  return { imageIds: told(deleted.map(imageIdShape)), failures: failures.map(imageFailureShape) };
});

/** Beyond so many, images are named without their tags: a hundred images may have a hundred thousand. */
function told(ids: readonly ImageIdentifier[]): readonly ImageIdentifier[] {
  const beyond = new Set(ids.slice(IDS_TOLD).map(({ imageDigest }) => imageDigest));
  return [...ids.slice(0, IDS_TOLD), ...Array.from(beyond, (imageDigest) => ({ imageDigest }))];
}
