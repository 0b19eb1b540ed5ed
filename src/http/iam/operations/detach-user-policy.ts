// DetachUserPolicy
import { operation } from '../operation.ts';

export const detachUserPolicy = operation('DetachUserPolicy', async (input, { account, services }) => {
  const identity = { accountId: account.accountId, kind: 'user', name: input.UserName } as const;
  await services.iam.attachments.detach(identity, input.PolicyArn);
  return {};
});
