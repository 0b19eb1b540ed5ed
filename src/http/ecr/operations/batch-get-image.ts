// BatchGetImage: manifests as they were pushed. They are never converted, whatever media types the caller
// names: another representation would have another digest, and no signature.
import { operation } from '../operation.ts';
import { imageFailureShape, imageId, imageShape } from '../shapes.ts';

export const batchGetImage = operation('BatchGetImage', async (input, { account, services }) => {
  const name = { registry: account, repositoryName: input.repositoryName };
  const { images, failures } = await services.registry.images.getMany(name, input.imageIds.map(imageId));
  return {
    images: images.map(({ image, manifestBytes, imageId: { tag } }) =>
      imageShape(name, { image, manifestBytes, tag }),
    ),
    failures: failures.map(imageFailureShape),
  };
});
