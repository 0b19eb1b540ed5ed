// ListPolicies
import { operation } from '../operation.ts';
import { listPage } from '../paging.ts';
import { policyShape } from '../shapes.ts';

export const listPolicies = operation('ListPolicies', async (input, { account, services }) => {
  const { claims, iam } = services;
  const { accountId } = account;
  const { Scope: scope = 'All', PathPrefix: pathPrefix, OnlyAttached, PolicyUsageFilter } = input;
  const onlyUsed =
    PolicyUsageFilter === 'PermissionsBoundary'
      ? 'boundaries'
      : PolicyUsageFilter === 'PermissionsPolicy' || OnlyAttached === true
        ? 'attached'
        : undefined;
  const page = await listPage(
    claims,
    input,
    ['ListPolicies', accountId, scope, pathPrefix, onlyUsed],
    (query) => iam.policies.list(accountId, { ...query, scope, pathPrefix, onlyUsed }),
  );
  return { Policies: page.items.map(policyShape), ...page.tail };
});
