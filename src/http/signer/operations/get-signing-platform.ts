// GET /signing-platforms/{platformId}
import { operation } from '../operation.ts';
import { platformShape } from '../shapes.ts';

export const getSigningPlatform = operation('GetSigningPlatform', async (input, { services }) =>
  platformShape(services.signing.platforms.get(input.platformId)),
);
