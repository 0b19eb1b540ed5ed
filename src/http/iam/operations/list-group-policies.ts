// ListGroupPolicies
import { inlinePolicyNames } from '../identity-policies.ts';
import { operation } from '../operation.ts';

export const listGroupPolicies = operation('ListGroupPolicies', (input, { account, services }) => {
  const identity = { accountId: account.accountId, kind: 'group', name: input.GroupName } as const;
  return inlinePolicyNames('ListGroupPolicies', identity, input, services);
});
