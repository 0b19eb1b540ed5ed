// SetRepositoryPolicy: who may use the repository besides what identity policies say.
import { operation } from '../operation.ts';

export const setRepositoryPolicy = operation(
  'SetRepositoryPolicy',
  async (input, { account, caller, services }) => {
    const { repositoryName, force = false } = input;
    const name = { registry: account, repositoryName };
    const policyText = await services.registry.policies.set(name, input.policyText, { force, caller });
    return { registryId: account.accountId, repositoryName, policyText };
  },
);
