// DeleteUserPermissionsBoundary
import { operation } from '../operation.ts';

export const deleteUserPermissionsBoundary = operation(
  'DeleteUserPermissionsBoundary',
  async (input, { account, services }) => {
    const identity = { accountId: account.accountId, kind: 'user', name: input.UserName } as const;
    await services.iam.attachments.deleteBoundary(identity);
    return {};
  },
);
