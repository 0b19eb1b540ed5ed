// PutRolePermissionsBoundary
import { operation } from '../operation.ts';

export const putRolePermissionsBoundary = operation(
  'PutRolePermissionsBoundary',
  async (input, { account, services }) => {
    const identity = { accountId: account.accountId, kind: 'role', name: input.RoleName } as const;
    await services.iam.attachments.putBoundary(identity, input.PermissionsBoundary);
    return {};
  },
);
