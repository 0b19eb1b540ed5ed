// GetDownloadUrlForLayer: a URL that gives the layer without a login, for an hour.
import { operation } from '../operation.ts';
import { digestAt } from '../shapes.ts';

export const getDownloadUrlForLayer = operation(
  'GetDownloadUrlForLayer',
  async (input, { account, services }) => {
    const { repositoryName } = input;
    const { downloadUrls, endpoints, registry } = services;
    const { digest } = await registry.layers.find(
      { registry: account, repositoryName },
      digestAt('layerDigest', input.layerDigest),
    );
    return {
      downloadUrl: downloadUrls.make(endpoints.publicUrl(), account, repositoryName, digest),
      layerDigest: digest,
    };
  },
);
