// DeleteGroupPolicy
import { operation } from '../operation.ts';

export const deleteGroupPolicy = operation('DeleteGroupPolicy', async (input, { account, services }) => {
  const identity = { accountId: account.accountId, kind: 'group', name: input.GroupName } as const;
  await services.iam.inlinePolicies.delete(identity, input.PolicyName);
  return {};
});
