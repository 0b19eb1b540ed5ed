// UntagResource: removes tags from a repository; keys that it does not have are passed over.
import { operation } from '../operation.ts';
import { taggedRepository, taggedResource } from '../shapes.ts';

export const untagResource = operation('UntagResource', {
  resource: (input, { account }) => taggedResource(input.resourceArn, account),
  requestTags: ({ tagKeys }) => ({ keys: tagKeys }),
  async handle(input, { account, services }) {
    const repository = taggedRepository(input.resourceArn, account);
    await services.registry.repositories.untagResource(repository, input.tagKeys);
    return {};
  },
});
