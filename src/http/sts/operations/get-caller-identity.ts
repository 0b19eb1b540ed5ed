// GetCallerIdentity: whoever has good credentials may ask who they stand for.
import { operation } from '../operation.ts';

export const getCallerIdentity = operation('GetCallerIdentity', {
  permission: 'none',
  handle: async (_input, { principal }) => ({
    UserId: principal.userId,
    Account: principal.accountId,
    Arn: principal.arn,
  }),
});
