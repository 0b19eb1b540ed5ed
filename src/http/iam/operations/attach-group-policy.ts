// AttachGroupPolicy
import { operation } from '../operation.ts';

export const attachGroupPolicy = operation('AttachGroupPolicy', async (input, { account, services }) => {
  const identity = { accountId: account.accountId, kind: 'group', name: input.GroupName } as const;
  await services.iam.attachments.attach(identity, input.PolicyArn);
  return {};
});
