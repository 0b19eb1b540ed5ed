// ListUserPolicies
import { operation } from '../operation.ts';
import { listPage } from '../paging.ts';

export const listUserPolicies = operation('ListUserPolicies', async (input, { account, services }) => {
  const { claims, iam } = services;
  const identity = { accountId: account.accountId, kind: 'user', name: input.UserName } as const;
  const binding = ['ListUserPolicies', identity.accountId, identity.name];
  const page = await listPage(claims, input, binding, (query) => iam.inlinePolicies.list(identity, query));
  return { PolicyNames: page.items, ...page.tail };
});
