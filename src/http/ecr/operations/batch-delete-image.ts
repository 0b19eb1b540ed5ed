// BatchDeleteImage: by tag untags, and the last tag takes the image with it; by digest the image goes with all.
import { operation } from '../operation.ts';
import { imageFailureShape, imageId, imageIdShape } from '../shapes.ts';

export const batchDeleteImage = operation('BatchDeleteImage', async (input, { account, services }) => {
  const { deleted, failures } = await services.registry.images.deleteMany(
    { registry: account, repositoryName: input.repositoryName },
    input.imageIds.map(imageId),
  );
  return { imageIds: deleted.map(imageIdShape), failures: failures.map(imageFailureShape) };
});
