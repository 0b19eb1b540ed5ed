// SetDefaultPolicyVersion
import { operation } from '../operation.ts';

export const setDefaultPolicyVersion = operation(
  'SetDefaultPolicyVersion',
  async (input, { account, services }) => {
    await services.iam.policies.setDefaultVersion(account.accountId, input.PolicyArn, input.VersionId);
    return {};
  },
);
