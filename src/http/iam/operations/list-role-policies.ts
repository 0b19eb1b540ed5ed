// ListRolePolicies
import { operation } from '../operation.ts';
import { listPage } from '../paging.ts';

export const listRolePolicies = operation('ListRolePolicies', async (input, { account, services }) => {
  const { claims, iam } = services;
  const identity = { accountId: account.accountId, kind: 'role', name: input.RoleName } as const;
  const binding = ['ListRolePolicies', identity.accountId, identity.name];
  const page = await listPage(claims, input, binding, (query) => iam.inlinePolicies.list(identity, query));
  return { PolicyNames: page.items, ...page.tail };
});
