// DeleteRegistryPolicy
import { operation } from '../operation.ts';

export const deleteRegistryPolicy = operation(
  'DeleteRegistryPolicy',
  async (_input, { account, services }) => ({
    registryId: account.accountId,
    policyText: await services.registry.policies.deleteOfRegistry(account),
  }),
);
