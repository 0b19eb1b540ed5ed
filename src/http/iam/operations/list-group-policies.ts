// ListGroupPolicies
import { operation } from '../operation.ts';
import { listPage } from '../paging.ts';

export const listGroupPolicies = operation('ListGroupPolicies', async (input, { account, services }) => {
  const { claims, iam } = services;
  const identity = { accountId: account.accountId, kind: 'group', name: input.GroupName } as const;
  const binding = ['ListGroupPolicies', identity.accountId, identity.name];
  const page = await listPage(claims, input, binding, (query) => iam.inlinePolicies.list(identity, query));
  return { PolicyNames: page.items, ...page.tail };
});
