// GetRegistryPolicy
import { operation } from '../operation.ts';

export const getRegistryPolicy = operation('GetRegistryPolicy', async (_input, { account, services }) => ({
  registryId: account.accountId,
  policyText: await services.registry.policies.getOfRegistry(account),
}));
