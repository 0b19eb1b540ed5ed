// UpdateRole
import { operation } from '../operation.ts';

export const updateRole = operation('UpdateRole', async (input, { account, services }) => {
  await services.iam.roles.update(account.accountId, input.RoleName, {
    description: input.Description,
    maxSessionSeconds: input.MaxSessionDuration,
  });
  return {};
});
