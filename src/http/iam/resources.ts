// What a call is about: the entity that its input names, or the caller where it names none. Policies that permit
// calls are written with these ARNs.
import type { IdentityKind, KeyOwner, Principal } from '../../domain/access/index.ts';
import { iamArn, oidcProviderArn, rootPrincipalArn } from '../../shared/arn.ts';
import type { CallContext, Permission } from '../aws/operation.ts';
import { ConstraintError } from '../aws/shapes.ts';
import type * as wire from './generated/types.ts';
import type { IamServices } from './services.ts';

type Context = Pick<CallContext<IamServices>, 'account' | 'principal' | 'services'>;

/** Members by which inputs name an entity; the first that is there counts. */
const NAMES: readonly (readonly [member: string, kind: IdentityKind])[] = [
  ['GroupName', 'group'],
  ['UserName', 'user'],
  ['RoleName', 'role'],
];
const ARNS = ['OpenIDConnectProviderArn', 'PolicyArn', 'PolicySourceArn'];

/** ARN of the entity that the input names, with its path; `*` when it names none. */
export async function namedEntity(input: object, { account, services }: Context): Promise<string> {
  const members = input as Readonly<Record<string, unknown>>;
  for (const [member, kind] of NAMES) {
    const name = members[member];
    if (typeof name === 'string') return services.iam.arnOf({ accountId: account.accountId, kind, name });
  }
  const arn = ARNS.map((member) => members[member]).find((value) => typeof value === 'string');
  return arn === undefined ? '*' : services.iam.policyArnOf(account.accountId, arn);
}

/** For operations that make an entity: it does not exist yet, and its path comes with the input. */
export function newEntity(kind: 'user' | 'group' | 'role' | 'policy') {
  return (
    input: { readonly Path?: string | undefined; readonly [name: string]: unknown },
    { account }: Pick<Context, 'account'>,
  ): string => {
    const name = input[`${kind.charAt(0).toUpperCase()}${kind.slice(1)}Name`];
    return iamArn(account.accountId, kind, input.Path ?? '/', String(name));
  };
}

/** Tags are given by another right than entities are made by. */
export function tagging(kind: 'User' | 'Role' | 'Policy') {
  const resource = newEntity(kind === 'User' ? 'user' : kind === 'Role' ? 'role' : 'policy');
  return (
    input: Parameters<typeof resource>[0] & { readonly Tags?: readonly wire.Tag[] | undefined },
    context: Pick<Context, 'account'>,
  ): readonly Permission[] => {
    const { Tags = [] } = input;
    if (Tags.length === 0) return [];
    const tags = Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));
    return [{ action: `Tag${kind}`, resource: resource(input, context), requestTags: { tags } }];
  };
}

export function newProvider(input: { readonly Url: string }, { account }: Pick<Context, 'account'>): string {
  return oidcProviderArn(account.accountId, input.Url.replace(/^https?:\/\//, '').replace(/\/+$/, ''));
}

/** ARN of an entity after it was given another name or path. */
export async function renamed(
  kind: 'user',
  name: string,
  newName: string | undefined,
  newPath: string | undefined,
  { account, services }: Context,
): Promise<string> {
  const { accountId } = account;
  const arn = await services.iam.arnOf({ accountId, kind, name });
  const path = newPath ?? arn.slice(arn.indexOf('/'), arn.lastIndexOf('/') + 1);
  return iamArn(accountId, kind, path, newName ?? arn.slice(arn.lastIndexOf('/') + 1));
}

/** For operations on users that mean the caller when they name none. */
export async function userOrCaller(
  input: { readonly UserName?: string | undefined },
  context: Context,
): Promise<string> {
  const { accountId } = context.account;
  const owner = ownerOf(input.UserName, context.principal);
  return owner.kind === 'root'
    ? rootPrincipalArn(accountId)
    : context.services.iam.arnOf({ accountId, kind: 'user', name: owner.name });
}

/** The user of this name, or the caller. Throws ConstraintError when the caller is no user. */
export function ownerOf(userName: string | undefined, principal: Principal): KeyOwner {
  const { accountId } = principal;
  if (userName !== undefined) return { kind: 'user', accountId, name: userName };
  switch (principal.kind) {
    case 'root':
      return { kind: 'root', accountId };
    case 'user':
      return { kind: 'user', accountId, name: principal.userName };
    case 'assumed-role':
      throw new ConstraintError('userName', 'Must specify userName when calling with non-User credentials');
  }
}
