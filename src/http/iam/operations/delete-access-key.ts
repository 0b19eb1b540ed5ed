// DeleteAccessKey
import { operation } from '../operation.ts';
import { ownerOf, userOrCaller } from '../resources.ts';

export const deleteAccessKey = operation('DeleteAccessKey', {
  resource: userOrCaller,
  async handle(input, { principal, services }) {
    await services.iam.accessKeys.delete(ownerOf(input.UserName, principal), input.AccessKeyId);
    return {};
  },
});
