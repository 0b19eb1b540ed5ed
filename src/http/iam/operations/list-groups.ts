// ListGroups
import { operation } from '../operation.ts';
import { listPage } from '../paging.ts';
import { groupShape } from '../shapes.ts';

export const listGroups = operation('ListGroups', async (input, { account, services }) => {
  const { claims, iam } = services;
  const { accountId } = account;
  const { PathPrefix } = input;
  const page = await listPage(claims, input, ['ListGroups', accountId, PathPrefix], (query) =>
    iam.groups.list(accountId, { ...query, pathPrefix: PathPrefix }),
  );
  return { Groups: page.items.map(groupShape), ...page.tail };
});
