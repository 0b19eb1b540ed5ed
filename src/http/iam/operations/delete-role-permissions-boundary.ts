// DeleteRolePermissionsBoundary
import { operation } from '../operation.ts';

export const deleteRolePermissionsBoundary = operation(
  'DeleteRolePermissionsBoundary',
  async (input, { account, services }) => {
    const identity = { accountId: account.accountId, kind: 'role', name: input.RoleName } as const;
    await services.iam.attachments.deleteBoundary(identity);
    return {};
  },
);
