// ListInstanceProfilesForRole: nothing here runs under a role that it is given, so no role has any. Terraform asks before it
// deletes a role.
import { operation } from '../operation.ts';

export const listInstanceProfilesForRole = operation(
  'ListInstanceProfilesForRole',
  async (input, { account, services }) => {
    await services.iam.roles.get(account.accountId, input.RoleName);
    return { InstanceProfiles: [], IsTruncated: false };
  },
);
