// GetRole
import { operation } from '../operation.ts';
import { wholeRoleShape } from '../shapes.ts';

export const getRole = operation('GetRole', async (input, { account, services: { iam } }) => {
  const role = await iam.roles.get(account.accountId, input.RoleName);
  return { Role: await wholeRoleShape(iam, role) };
});
