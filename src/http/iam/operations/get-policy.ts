// GetPolicy
import { operation } from '../operation.ts';
import { wholePolicyShape } from '../shapes.ts';

export const getPolicy = operation('GetPolicy', async (input, { account, services }) => {
  return { Policy: wholePolicyShape(await services.iam.policies.get(account.accountId, input.PolicyArn)) };
});
