// PutImageTagMutability
import { operation } from '../operation.ts';

export const putImageTagMutability = operation(
  'PutImageTagMutability',
  async (input, { account, services }) => {
    const { repositoryName } = input;
    const { tagMutability, tagMutabilityExclusions } = await services.registry.repositories.putTagMutability(
      { registry: account, repositoryName },
      input.imageTagMutability,
      input.imageTagMutabilityExclusionFilters,
    );
    return {
      registryId: account.accountId,
      repositoryName,
      imageTagMutability: tagMutability,
      ...(tagMutabilityExclusions.length === 0
        ? {}
        : { imageTagMutabilityExclusionFilters: tagMutabilityExclusions }),
    };
  },
);
