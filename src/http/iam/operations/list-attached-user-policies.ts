// ListAttachedUserPolicies
import { attachedPolicies } from '../identity-policies.ts';
import { operation } from '../operation.ts';

export const listAttachedUserPolicies = operation(
  'ListAttachedUserPolicies',
  (input, { account, services }) => {
    const identity = { accountId: account.accountId, kind: 'user', name: input.UserName } as const;
    return attachedPolicies('ListAttachedUserPolicies', identity, input, services);
  },
);
