// GetSigningConfiguration: the registry's signing rules, exactly as they were put.
import { operation } from '../operation.ts';

export const getSigningConfiguration = operation(
  'GetSigningConfiguration',
  async (_input, { account, services }) => ({
    registryId: account.accountId,
    signingConfiguration: await services.signing.configuration.get(account),
  }),
);
