// DeletePolicyVersion
import { operation } from '../operation.ts';

export const deletePolicyVersion = operation('DeletePolicyVersion', async (input, { account, services }) => {
  await services.iam.policies.deleteVersion(account.accountId, input.PolicyArn, input.VersionId);
  return {};
});
