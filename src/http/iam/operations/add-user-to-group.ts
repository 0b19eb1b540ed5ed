// AddUserToGroup
import { operation } from '../operation.ts';

export const addUserToGroup = operation('AddUserToGroup', async (input, { account, services }) => {
  await services.iam.groups.addUser(account.accountId, input.GroupName, input.UserName);
  return {};
});
