// UntagRole
import { operation } from '../operation.ts';

export const untagRole = operation('UntagRole', async (input, { account, services }) => {
  const identity = { accountId: account.accountId, kind: 'role', name: input.RoleName } as const;
  await services.iam.tags.untag(identity, input.TagKeys);
  return {};
});
