// TagUser
import { operation } from '../operation.ts';
import { tagsOf } from '../shapes.ts';

export const tagUser = operation('TagUser', async (input, { account, services }) => {
  const identity = { accountId: account.accountId, kind: 'user', name: input.UserName } as const;
  await services.iam.tags.tag(identity, tagsOf(input.Tags));
  return {};
});
