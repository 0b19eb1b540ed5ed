// DeleteUser
import { operation } from '../operation.ts';

export const deleteUser = operation('DeleteUser', async (input, { account, services }) => {
  await services.iam.users.delete(account.accountId, input.UserName);
  return {};
});
