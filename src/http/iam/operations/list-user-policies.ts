// ListUserPolicies
import { inlinePolicyNames } from '../identity-policies.ts';
import { operation } from '../operation.ts';

export const listUserPolicies = operation('ListUserPolicies', (input, { account, services }) => {
  const identity = { accountId: account.accountId, kind: 'user', name: input.UserName } as const;
  return inlinePolicyNames('ListUserPolicies', identity, input, services);
});
