// UpdateUser
import { operation } from '../operation.ts';

export const updateUser = operation('UpdateUser', async (input, { account, services }) => {
  await services.iam.users.update(account.accountId, input.UserName, {
    name: input.NewUserName,
    path: input.NewPath,
  });
  return {};
});
