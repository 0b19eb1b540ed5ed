// AttachRolePolicy
import { operation } from '../operation.ts';

export const attachRolePolicy = operation('AttachRolePolicy', async (input, { account, services }) => {
  const identity = { accountId: account.accountId, kind: 'role', name: input.RoleName } as const;
  await services.iam.attachments.attach(identity, input.PolicyArn);
  return {};
});
