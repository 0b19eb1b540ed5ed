// POST /tags/{resourceArn}

import { operation } from '../operation.ts';
import { taggedResource } from '../resources.ts';

export const tagResource = operation('TagResource', {
  resource: (input) => taggedResource(input.resourceArn),
  requestTags: ({ tags }) => ({ tags }),
  async handle(input, { account, services }) {
    await services.signing.profiles.tag(account, input.resourceArn, input.tags);
    return {};
  },
});
