// The policies of a user, a group or a role, by the page: what the lists of the three kinds have in common.
import { type Iam, policyArn } from '../../domain/access/index.ts';
import { listPage, type PageInput } from './paging.ts';
import type { IamServices } from './services.ts';

type IdentityName = Parameters<Iam['attachments']['list']>[0];

/** Managed policies that are attached. `operation` tells its markers from those of the other lists. */
export async function attachedPolicies(
  operation: string,
  identity: IdentityName,
  input: PageInput & { readonly PathPrefix?: string | undefined },
  { claims, iam }: IamServices,
) {
  const { PathPrefix } = input;
  const binding = [operation, identity.accountId, identity.name, PathPrefix];
  const page = await listPage(claims, input, binding, (query) =>
    iam.attachments.list(identity, { ...query, pathPrefix: PathPrefix }),
  );
  const AttachedPolicies = page.items.map((policy) => ({
    PolicyName: policy.name,
    PolicyArn: policyArn(policy),
  }));
  return { AttachedPolicies, ...page.tail };
}

/** Names of inline policies. */
export async function inlinePolicyNames(
  operation: string,
  identity: IdentityName,
  input: PageInput,
  { claims, iam }: IamServices,
) {
  const binding = [operation, identity.accountId, identity.name];
  const page = await listPage(claims, input, binding, (query) => iam.inlinePolicies.list(identity, query));
  return { PolicyNames: page.items, ...page.tail };
}
