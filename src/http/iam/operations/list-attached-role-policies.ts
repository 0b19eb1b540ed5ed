// ListAttachedRolePolicies
import { attachedPolicies } from '../identity-policies.ts';
import { operation } from '../operation.ts';

export const listAttachedRolePolicies = operation(
  'ListAttachedRolePolicies',
  (input, { account, services }) => {
    const identity = { accountId: account.accountId, kind: 'role', name: input.RoleName } as const;
    return attachedPolicies('ListAttachedRolePolicies', identity, input, services);
  },
);
