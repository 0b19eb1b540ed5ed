// BatchCheckLayerAvailability: which layers need no upload.
import { type Digest, isDigest } from '../../../shared/digest.ts';
import type { LayerFailure } from '../generated/types.ts';
import { operation } from '../operation.ts';

export const batchCheckLayerAvailability = operation(
  'BatchCheckLayerAvailability',
  async (input, { account, services }) => {
    const { layers } = services.registry;
    const repository = { registry: account, repositoryName: input.repositoryName };
    const digests: Digest[] = [];
    const failures: LayerFailure[] = [];
    for (const digest of new Set(input.layerDigests))
      if (isDigest(digest)) digests.push(digest);
      else failures.push(failureOf(digest));
    const missing = new Set(await layers.missing(repository, digests));
    const found = digests.map(async (layerDigest) =>
      missing.has(layerDigest)
        ? { layerDigest, layerAvailability: 'UNAVAILABLE' as const }
        : {
            layerDigest,
            layerAvailability: 'AVAILABLE' as const,
            layerSize: (await layers.find(repository, layerDigest)).sizeBytes,
          },
    );
    return { layers: await Promise.all(found), failures };
  },
);

function failureOf(layerDigest: string): LayerFailure {
  return layerDigest === ''
    ? { layerDigest, failureCode: 'MissingLayerDigest', failureReason: 'The layer digest must not be empty' }
    : {
        layerDigest,
        failureCode: 'InvalidLayerDigest',
        failureReason: 'The layer digest must be a sha256 or sha512 digest',
      };
}
