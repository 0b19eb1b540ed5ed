// ListGroupsForUser
import { operation } from '../operation.ts';
import { listPage } from '../paging.ts';
import { groupShape } from '../shapes.ts';

export const listGroupsForUser = operation('ListGroupsForUser', async (input, { account, services }) => {
  const { claims, iam } = services;
  const { accountId } = account;
  const page = await listPage(claims, input, ['ListGroupsForUser', accountId, input.UserName], (query) =>
    iam.groups.ofUser(accountId, input.UserName, query),
  );
  return { Groups: page.items.map(groupShape), ...page.tail };
});
