// CreateGroup
import { operation } from '../operation.ts';
import { newEntity } from '../resources.ts';
import { groupShape } from '../shapes.ts';

export const createGroup = operation('CreateGroup', {
  resource: newEntity('group'),
  async handle(input, { account, services }) {
    const group = await services.iam.groups.create(account.accountId, input.GroupName, input.Path);
    return { Group: groupShape(group) };
  },
});
