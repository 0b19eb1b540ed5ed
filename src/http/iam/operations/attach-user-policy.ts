// AttachUserPolicy
import { operation } from '../operation.ts';

export const attachUserPolicy = operation('AttachUserPolicy', async (input, { account, services }) => {
  const identity = { accountId: account.accountId, kind: 'user', name: input.UserName } as const;
  await services.iam.attachments.attach(identity, input.PolicyArn);
  return {};
});
