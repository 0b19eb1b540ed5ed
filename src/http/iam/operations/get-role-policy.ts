// GetRolePolicy
import { operation } from '../operation.ts';
import { encodedDocument } from '../shapes.ts';

export const getRolePolicy = operation('GetRolePolicy', async (input, { account, services }) => {
  const identity = { accountId: account.accountId, kind: 'role', name: input.RoleName } as const;
  const { document } = await services.iam.inlinePolicies.get(identity, input.PolicyName);
  return {
    RoleName: input.RoleName,
    PolicyName: input.PolicyName,
    PolicyDocument: encodedDocument(document),
  };
});
