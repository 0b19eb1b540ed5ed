// What policies may ask of a call beside its resource: the tags that it sets, the policy that it attaches, and the
// boundary that it gives, or that the entity has which it changes. With these, an administrator lets others make
// users and roles that can never have more than a boundary.
// Source: service authorization reference, "Condition keys for AWS Identity and Access Management".
import type { DefaultFacts } from '../aws/operation.ts';
import type * as wire from './generated/types.ts';
import type { IamServices } from './services.ts';
import { tagsOf } from './shapes.ts';

/** They change what a user or a role may: the boundary of that one counts. */
const CHANGES = /^(?:Attach|Detach|Put|Delete)(User|Role)(?:Policy|PermissionsBoundary)$/;

interface Members {
  readonly Tags?: readonly wire.Tag[];
  readonly TagKeys?: readonly string[];
  readonly PolicyArn?: string;
  readonly PermissionsBoundary?: string;
  readonly UserName?: string;
  readonly RoleName?: string;
}

export const factsOfCall: DefaultFacts<IamServices> = async (name, input, { account, services }) => {
  const { Tags, TagKeys, PolicyArn, PermissionsBoundary, UserName, RoleName } = input as Members;
  const [, kind] = CHANGES.exec(name) ?? [];
  const boundary =
    PermissionsBoundary ??
    (kind === undefined
      ? undefined
      : await services.iam.boundaryOf({
          accountId: account.accountId,
          kind: kind === 'User' ? 'user' : 'role',
          name: UserName ?? RoleName ?? '',
        }));
  return {
    requestTags:
      Tags === undefined
        ? TagKeys && { keys: TagKeys }
        : { tags: Object.fromEntries(tagsOf(Tags).map(({ key, value }) => [key, value])) },
    keys: {
      ...(PolicyArn !== undefined && /^(?:Attach|Detach)/.test(name)
        ? { 'iam:policyarn': await services.iam.policyArnOf(account.accountId, PolicyArn) }
        : {}),
      ...(boundary === undefined
        ? {}
        : { 'iam:permissionsboundary': await services.iam.policyArnOf(account.accountId, boundary) }),
    },
  };
};
