// CreateRepository
import { repositoryArn } from '../../../shared/arn.ts';
import { operation } from '../operation.ts';
import { repositoryShape, tagMap } from '../shapes.ts';

export const createRepository = operation('CreateRepository', {
  requestTags: ({ tags = [] }) => ({ tags: tagMap(tags) }),
  // Tags are given by another right than repositories are made by.
  alsoNeeds: ({ repositoryName, tags = [] }, { account }) =>
    tags.length === 0
      ? []
      : [
          {
            action: 'TagResource',
            resource: repositoryArn(account, repositoryName),
            requestTags: { tags: tagMap(tags) },
          },
        ],
  async handle(input, { account, services }) {
    const { encryptionConfiguration: encryption } = input;
    const repository = await services.registry.repositories.create({
      registry: account,
      repositoryName: input.repositoryName,
      tags: tagMap(input.tags ?? []),
      tagMutability: input.imageTagMutability ?? 'MUTABLE',
      ...(input.imageTagMutabilityExclusionFilters === undefined
        ? {}
        : { tagMutabilityExclusions: input.imageTagMutabilityExclusionFilters }),
      scanOnPush: input.imageScanningConfiguration?.scanOnPush ?? false,
      encryption: {
        encryptionType: encryption?.encryptionType ?? 'AES256',
        ...(encryption?.kmsKey === undefined ? {} : { kmsKey: encryption.kmsKey }),
      },
    });
    return { repository: repositoryShape(repository, services.endpoints) };
  },
});
