// DeleteUserPolicy
import { operation } from '../operation.ts';

export const deleteUserPolicy = operation('DeleteUserPolicy', async (input, { account, services }) => {
  const identity = { accountId: account.accountId, kind: 'user', name: input.UserName } as const;
  await services.iam.inlinePolicies.delete(identity, input.PolicyName);
  return {};
});
