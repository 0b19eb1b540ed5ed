// SetRepositoryPolicy: who may use the repository besides what identity policies say.
import { operation } from '../operation.ts';

export const setRepositoryPolicy = operation(
  'SetRepositoryPolicy',
  async (input, { account, caller, services }) => {
    const { repositoryName, policyText, force = false } = input;
    await services.registry.policies.set({ registry: account, repositoryName }, policyText, {
      force,
      caller,
    });
    return { registryId: account.accountId, repositoryName, policyText };
  },
);
