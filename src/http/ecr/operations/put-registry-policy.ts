// PutRegistryPolicy: who may use the registry's repositories besides what identity policies say.
import { operation } from '../operation.ts';

export const putRegistryPolicy = operation('PutRegistryPolicy', async (input, { account, services }) => ({
  registryId: account.accountId,
  policyText: await services.registry.policies.putOfRegistry(account, input.policyText),
}));
