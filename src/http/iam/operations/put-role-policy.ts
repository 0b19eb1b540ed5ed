// PutRolePolicy
import { operation } from '../operation.ts';

export const putRolePolicy = operation('PutRolePolicy', async (input, { account, services }) => {
  const identity = { accountId: account.accountId, kind: 'role', name: input.RoleName } as const;
  await services.iam.inlinePolicies.put(identity, input.PolicyName, input.PolicyDocument);
  return {};
});
