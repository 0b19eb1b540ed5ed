// DetachGroupPolicy
import { operation } from '../operation.ts';

export const detachGroupPolicy = operation('DetachGroupPolicy', async (input, { account, services }) => {
  const identity = { accountId: account.accountId, kind: 'group', name: input.GroupName } as const;
  await services.iam.attachments.detach(identity, input.PolicyArn);
  return {};
});
