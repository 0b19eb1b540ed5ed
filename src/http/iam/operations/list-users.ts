// ListUsers
import { operation } from '../operation.ts';
import { listPage } from '../paging.ts';
import { userShape } from '../shapes.ts';

export const listUsers = operation('ListUsers', async (input, { account, services }) => {
  const { claims, iam } = services;
  const { accountId } = account;
  const { PathPrefix } = input;
  const page = await listPage(claims, input, ['ListUsers', accountId, PathPrefix], (query) =>
    iam.users.list(accountId, { ...query, pathPrefix: PathPrefix }),
  );
  return { Users: page.items.map(userShape), ...page.tail };
});
