// GetGroup
import { operation } from '../operation.ts';
import { listPage } from '../paging.ts';
import { groupShape, userShape } from '../shapes.ts';

export const getGroup = operation('GetGroup', async (input, { account, services }) => {
  const { claims, iam } = services;
  const { accountId } = account;
  const group = await iam.groups.get(accountId, input.GroupName);
  const page = await listPage(claims, input, ['GetGroup', group.id], (query) =>
    iam.groups.users(accountId, input.GroupName, query),
  );
  return { Group: groupShape(group), Users: page.items.map(userShape), ...page.tail };
});
