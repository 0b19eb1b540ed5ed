// ListRolePolicies
import { inlinePolicyNames } from '../identity-policies.ts';
import { operation } from '../operation.ts';

export const listRolePolicies = operation('ListRolePolicies', (input, { account, services }) => {
  const identity = { accountId: account.accountId, kind: 'role', name: input.RoleName } as const;
  return inlinePolicyNames('ListRolePolicies', identity, input, services);
});
