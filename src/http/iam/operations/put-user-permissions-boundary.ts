// PutUserPermissionsBoundary
import { operation } from '../operation.ts';

export const putUserPermissionsBoundary = operation(
  'PutUserPermissionsBoundary',
  async (input, { account, services }) => {
    const identity = { accountId: account.accountId, kind: 'user', name: input.UserName } as const;
    await services.iam.attachments.putBoundary(identity, input.PermissionsBoundary);
    return {};
  },
);
