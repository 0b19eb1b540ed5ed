// PutSigningConfiguration: replaces the registry's signing rules.
import { operation } from '../operation.ts';

export const putSigningConfiguration = operation(
  'PutSigningConfiguration',
  async (input, { account, services }) => ({
    signingConfiguration: await services.signing.configuration.put(account, input.signingConfiguration),
  }),
);
