// DescribeRegistry: the registry's id. Nothing is replicated, and the answer says so.
import { operation } from '../operation.ts';

export const describeRegistry = operation('DescribeRegistry', async (_input, { account }) => ({
  registryId: account.accountId,
  replicationConfiguration: { rules: [] },
}));
