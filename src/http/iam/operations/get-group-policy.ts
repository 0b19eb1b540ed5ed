// GetGroupPolicy
import { operation } from '../operation.ts';
import { encodedDocument } from '../shapes.ts';

export const getGroupPolicy = operation('GetGroupPolicy', async (input, { account, services }) => {
  const identity = { accountId: account.accountId, kind: 'group', name: input.GroupName } as const;
  const { document } = await services.iam.inlinePolicies.get(identity, input.PolicyName);
  return {
    GroupName: input.GroupName,
    PolicyName: input.PolicyName,
    PolicyDocument: encodedDocument(document),
  };
});
