// ListPolicyVersions
import { operation } from '../operation.ts';
import { listPage } from '../paging.ts';
import { versionShape } from '../shapes.ts';

export const listPolicyVersions = operation('ListPolicyVersions', async (input, { account, services }) => {
  const { claims, iam } = services;
  const { accountId } = account;
  const page = await listPage(claims, input, ['ListPolicyVersions', accountId, input.PolicyArn], (query) =>
    iam.policies.listVersions(accountId, input.PolicyArn, query),
  );
  return { Versions: page.items.map(versionShape), ...page.tail };
});
