// PutUserPolicy
import { operation } from '../operation.ts';

export const putUserPolicy = operation('PutUserPolicy', async (input, { account, services }) => {
  const identity = { accountId: account.accountId, kind: 'user', name: input.UserName } as const;
  await services.iam.inlinePolicies.put(identity, input.PolicyName, input.PolicyDocument);
  return {};
});
