// CompleteLayerUpload: the parts become a layer, if they have the digest.
import { operation } from '../operation.ts';

export const completeLayerUpload = operation('CompleteLayerUpload', async (input, { account, services }) => {
  const { repositoryName, uploadId } = input;
  const { digest } = await services.registry.uploads.completeParts(
    { registry: account, repositoryName },
    uploadId,
    input.layerDigests,
  );
  return { registryId: account.accountId, repositoryName, uploadId, layerDigest: digest };
});
