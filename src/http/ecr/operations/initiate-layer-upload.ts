// InitiateLayerUpload
import { operation } from '../operation.ts';

/** The largest part that UploadLayerPart takes (the model's LayerPartBlob), bytes. */
const PART_BYTES = 20_971_520;

export const initiateLayerUpload = operation('InitiateLayerUpload', async (input, { account, services }) => {
  const { id } = await services.registry.uploads.begin({
    registry: account,
    repositoryName: input.repositoryName,
  });
  return { uploadId: id, partSize: PART_BYTES };
});
