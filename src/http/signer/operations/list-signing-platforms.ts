// GET /signing-platforms
import { operation } from '../operation.ts';
import { readPageToken } from '../page-token.ts';
import { platformShape } from '../shapes.ts';

export const listSigningPlatforms = operation('ListSigningPlatforms', async (input, { services }) => {
  const { category, partner, target, nextToken } = input;
  // One page holds all there is, so no token was ever given; the platform has no category.
  if (nextToken !== undefined) readPageToken(['platforms'], nextToken);
  const platforms = category === undefined ? services.signing.platforms.list({ partner, target }) : [];
  return { platforms: platforms.map(platformShape) };
});
