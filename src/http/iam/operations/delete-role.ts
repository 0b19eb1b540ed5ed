// DeleteRole
import { operation } from '../operation.ts';

export const deleteRole = operation('DeleteRole', async (input, { account, services }) => {
  await services.iam.roles.delete(account.accountId, input.RoleName);
  return {};
});
