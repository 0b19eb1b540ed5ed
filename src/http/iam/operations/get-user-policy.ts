// GetUserPolicy
import { operation } from '../operation.ts';
import { encodedDocument } from '../shapes.ts';

export const getUserPolicy = operation('GetUserPolicy', async (input, { account, services }) => {
  const identity = { accountId: account.accountId, kind: 'user', name: input.UserName } as const;
  const { document } = await services.iam.inlinePolicies.get(identity, input.PolicyName);
  return {
    UserName: input.UserName,
    PolicyName: input.PolicyName,
    PolicyDocument: encodedDocument(document),
  };
});
