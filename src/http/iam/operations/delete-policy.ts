// DeletePolicy
import { operation } from '../operation.ts';

export const deletePolicy = operation('DeletePolicy', async (input, { account, services }) => {
  await services.iam.policies.delete(account.accountId, input.PolicyArn);
  return {};
});
