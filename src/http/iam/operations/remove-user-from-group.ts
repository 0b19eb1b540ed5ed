// RemoveUserFromGroup
import { operation } from '../operation.ts';

export const removeUserFromGroup = operation('RemoveUserFromGroup', async (input, { account, services }) => {
  await services.iam.groups.removeUser(account.accountId, input.GroupName, input.UserName);
  return {};
});
