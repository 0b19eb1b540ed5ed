// UpdateAccessKey
import { ConstraintError } from '../../aws/shapes.ts';
import { operation } from '../operation.ts';
import { ownerOf, userOrCaller } from '../resources.ts';

export const updateAccessKey = operation('UpdateAccessKey', {
  resource: userOrCaller,
  async handle(input, { principal, services }) {
    if (input.Status === 'Expired')
      throw new ConstraintError('status', 'Member must satisfy enum value set: [Active, Inactive]');
    const owner = ownerOf(input.UserName, principal);
    await services.iam.accessKeys.setStatus(owner, input.AccessKeyId, input.Status);
    return {};
  },
});
