// GetRepositoryPolicy
import { operation } from '../operation.ts';

export const getRepositoryPolicy = operation(
  'GetRepositoryPolicy',
  async ({ repositoryName }, { account, services }) => ({
    registryId: account.accountId,
    repositoryName,
    policyText: await services.registry.policies.get({ registry: account, repositoryName }),
  }),
);
