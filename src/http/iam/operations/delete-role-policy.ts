// DeleteRolePolicy
import { operation } from '../operation.ts';

export const deleteRolePolicy = operation('DeleteRolePolicy', async (input, { account, services }) => {
  const identity = { accountId: account.accountId, kind: 'role', name: input.RoleName } as const;
  await services.iam.inlinePolicies.delete(identity, input.PolicyName);
  return {};
});
