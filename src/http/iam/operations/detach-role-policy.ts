// DetachRolePolicy
import { operation } from '../operation.ts';

export const detachRolePolicy = operation('DetachRolePolicy', async (input, { account, services }) => {
  const identity = { accountId: account.accountId, kind: 'role', name: input.RoleName } as const;
  await services.iam.attachments.detach(identity, input.PolicyArn);
  return {};
});
