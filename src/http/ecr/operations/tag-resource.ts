// TagResource: adds tags to a repository, or changes their values.
import { operation } from '../operation.ts';
import { taggedRepository, taggedResource, tagMap } from '../shapes.ts';

export const tagResource = operation('TagResource', {
  resource: (input, { account }) => taggedResource(input.resourceArn, account),
  requestTags: ({ tags }) => ({ tags: tagMap(tags) }),
  async handle(input, { account, services }) {
    const repository = taggedRepository(input.resourceArn, account);
    await services.registry.repositories.tagResource(repository, tagMap(input.tags));
    return {};
  },
});
