// DeleteSigningConfiguration: later pushes are not signed; signatures and statuses that exist stay.
import { operation } from '../operation.ts';

export const deleteSigningConfiguration = operation(
  'DeleteSigningConfiguration',
  async (_input, { account, services }) => ({
    registryId: account.accountId,
    signingConfiguration: await services.signing.configuration.delete(account),
  }),
);
