// DeleteGroup
import { operation } from '../operation.ts';

export const deleteGroup = operation('DeleteGroup', async (input, { account, services }) => {
  await services.iam.groups.delete(account.accountId, input.GroupName);
  return {};
});
