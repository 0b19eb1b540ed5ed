// UploadLayerPart: parts come in order, each where the last one ended.
import { operation } from '../operation.ts';

export const uploadLayerPart = operation('UploadLayerPart', async (input, { account, services }) => {
  const { repositoryName, uploadId } = input;
  const { receivedBytes } = await services.registry.uploads.putPart(
    { registry: account, repositoryName },
    uploadId,
    { bytes: input.layerPartBlob, firstByte: input.partFirstByte, lastByte: input.partLastByte },
  );
  return { registryId: account.accountId, repositoryName, uploadId, lastByteReceived: receivedBytes - 1 };
});
