// PutImage: a manifest whose layers (or children) are there. It is signed as the registry's rules say.
import { operation } from '../operation.ts';
import { digestAt, imageShape } from '../shapes.ts';

export const putImage = operation('PutImage', async (input, { account, caller, services }) => {
  const { imageTag: tag, imageDigest, imageManifestMediaType: mediaType } = input;
  const name = { registry: account, repositoryName: input.repositoryName };
  const manifestBytes = Buffer.from(input.imageManifest, 'utf8');
  const { image } = await services.registry.images.put({
    ...name,
    manifestBytes,
    ...(mediaType === undefined ? {} : { mediaType }),
    tags: tag === undefined ? [] : [tag],
    ...(imageDigest === undefined ? {} : { expectedDigest: digestAt('imageDigest', imageDigest) }),
    caller,
    onSame: 'refuse',
  });
  return { image: imageShape(name, { image, manifestBytes, tag }) };
});
