// PutGroupPolicy
import { operation } from '../operation.ts';

export const putGroupPolicy = operation('PutGroupPolicy', async (input, { account, services }) => {
  const identity = { accountId: account.accountId, kind: 'group', name: input.GroupName } as const;
  await services.iam.inlinePolicies.put(identity, input.PolicyName, input.PolicyDocument);
  return {};
});
