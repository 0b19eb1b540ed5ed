// ListTagsForResource: the tags of a repository.
import { operation } from '../operation.ts';
import { taggedRepository, taggedResource } from '../shapes.ts';

export const listTagsForResource = operation('ListTagsForResource', {
  resource: (input, { account }) => taggedResource(input.resourceArn, account),
  async handle(input, { account, services }) {
    const repository = taggedRepository(input.resourceArn, account);
    const tags = await services.registry.repositories.listResourceTags(repository);
    return { tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
  },
});
