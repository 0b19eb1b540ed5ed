// ListRoles
import { operation } from '../operation.ts';
import { listPage } from '../paging.ts';
import { roleShape } from '../shapes.ts';

export const listRoles = operation('ListRoles', async (input, { account, services }) => {
  const { claims, iam } = services;
  const { accountId } = account;
  const { PathPrefix } = input;
  const page = await listPage(claims, input, ['ListRoles', accountId, PathPrefix], (query) =>
    iam.roles.list(accountId, { ...query, pathPrefix: PathPrefix }),
  );
  return { Roles: page.items.map(roleShape), ...page.tail };
});
