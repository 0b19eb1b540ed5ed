// InitiateLayerUpload
import { operation } from '../operation.ts';

/** The largest part that UploadLayerPart takes (the model's LayerPartBlob), bytes. */
const PART_BYTES = 20_971_520;

export const initiateLayerUpload = operation('InitiateLayerUpload', async (input, context) => {
  const { account, principal, services } = context;
  const name = { registry: account, repositoryName: input.repositoryName };
  const { id } = await services.registry.uploads.begin(name, principal);
  return { uploadId: id, partSize: PART_BYTES };
});
