// PutRegistryPolicy: who may use the registry's repositories besides what identity policies say.
import { operation } from '../operation.ts';

export const putRegistryPolicy = operation(
  'PutRegistryPolicy',
  async ({ policyText }, { account, services }) => {
    await services.registry.policies.putOfRegistry(account, policyText);
    return { registryId: account.accountId, policyText };
  },
);
