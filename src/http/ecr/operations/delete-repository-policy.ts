// DeleteRepositoryPolicy
import { operation } from '../operation.ts';

export const deleteRepositoryPolicy = operation(
  'DeleteRepositoryPolicy',
  async ({ repositoryName }, { account, services }) => ({
    registryId: account.accountId,
    repositoryName,
    policyText: await services.registry.policies.delete({ registry: account, repositoryName }),
  }),
);
