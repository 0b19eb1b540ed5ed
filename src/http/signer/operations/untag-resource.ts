// DELETE /tags/{resourceArn}

import { operation } from '../operation.ts';
import { taggedResource } from '../resources.ts';

export const untagResource = operation('UntagResource', {
  resource: (input) => taggedResource(input.resourceArn),
  requestTags: ({ tagKeys }) => ({ keys: tagKeys }),
  async handle(input, { account, services }) {
    await services.signing.profiles.untag(account, input.resourceArn, input.tagKeys);
    return {};
  },
});
