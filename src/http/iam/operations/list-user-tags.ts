// ListUserTags
import { operation } from '../operation.ts';
import { listPage } from '../paging.ts';

export const listUserTags = operation('ListUserTags', async (input, { account, services }) => {
  const { claims, iam } = services;
  const identity = { accountId: account.accountId, kind: 'user', name: input.UserName } as const;
  const binding = ['ListUserTags', identity.accountId, identity.name];
  const page = await listPage(claims, input, binding, (query) => iam.tags.list(identity, query));
  return { Tags: page.items.map(({ key, value }) => ({ Key: key, Value: value })), ...page.tail };
});
