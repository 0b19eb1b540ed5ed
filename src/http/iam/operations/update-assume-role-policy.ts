// UpdateAssumeRolePolicy
import { operation } from '../operation.ts';

export const updateAssumeRolePolicy = operation(
  'UpdateAssumeRolePolicy',
  async (input, { account, services }) => {
    await services.iam.roles.updateTrustPolicy(account.accountId, input.RoleName, input.PolicyDocument);
    return {};
  },
);
