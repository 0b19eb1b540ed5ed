// TagRole
import { operation } from '../operation.ts';
import { tagsOf } from '../shapes.ts';

export const tagRole = operation('TagRole', async (input, { account, services }) => {
  const identity = { accountId: account.accountId, kind: 'role', name: input.RoleName } as const;
  await services.iam.tags.tag(identity, tagsOf(input.Tags));
  return {};
});
