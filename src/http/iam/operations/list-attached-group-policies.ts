// ListAttachedGroupPolicies
import { attachedPolicies } from '../identity-policies.ts';
import { operation } from '../operation.ts';

export const listAttachedGroupPolicies = operation(
  'ListAttachedGroupPolicies',
  (input, { account, services }) => {
    const identity = { accountId: account.accountId, kind: 'group', name: input.GroupName } as const;
    return attachedPolicies('ListAttachedGroupPolicies', identity, input, services);
  },
);
