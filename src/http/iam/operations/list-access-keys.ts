// ListAccessKeys
import { operation } from '../operation.ts';
import { ownerOf, userOrCaller } from '../resources.ts';
import { keyShape } from '../shapes.ts';

export const listAccessKeys = operation('ListAccessKeys', {
  resource: userOrCaller,
  async handle(input, { principal, services }) {
    const owner = ownerOf(input.UserName, principal);
    const userName = owner.kind === 'user' ? owner.name : undefined;
    // Two at most: always one page.
    const keys = await services.iam.accessKeys.list(owner);
    return { AccessKeyMetadata: keys.map((key) => keyShape(key, userName)), IsTruncated: false };
  },
});
