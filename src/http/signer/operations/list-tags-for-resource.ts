// GET /tags/{resourceArn}

import { operation } from '../operation.ts';
import { taggedResource } from '../resources.ts';

export const listTagsForResource = operation('ListTagsForResource', {
  resource: (input) => taggedResource(input.resourceArn),
  async handle(input, { account, services }) {
    return {
      tags: await services.signing.profiles.listTags(account, input.resourceArn),
    };
  },
});
