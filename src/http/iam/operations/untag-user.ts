// UntagUser
import { operation } from '../operation.ts';

export const untagUser = operation('UntagUser', async (input, { account, services }) => {
  const identity = { accountId: account.accountId, kind: 'user', name: input.UserName } as const;
  await services.iam.tags.untag(identity, input.TagKeys);
  return {};
});
