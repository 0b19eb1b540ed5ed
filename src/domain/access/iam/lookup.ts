// How the parts of IAM find what a client names: an identity by kind and name, a managed policy by ARN.
import { iamArn, parseArn } from '../../../shared/arn.ts';
import type { Reader } from '../../storage.ts';
import type { Identity, IdentityKind, IdentityOf, ManagedPolicy } from '../types.ts';
import type { IamDeps } from './deps.ts';
import { invalidInput, noSuchIdentity, noSuchPolicy } from './refusals.ts';

/** An identity as a call names it. */
export interface IdentityName<K extends IdentityKind = IdentityKind> {
  readonly accountId: string;
  readonly kind: K;
  readonly name: string;
}

/** The owner of the policies that every account may attach and none may change. */
export const AWS_ACCOUNT = 'aws';

/** Throws NoSuchEntity. */
export async function findIdentity<K extends IdentityKind>(
  deps: Pick<IamDeps, 'identities'>,
  on: Reader,
  { accountId, kind, name }: IdentityName<K>,
): Promise<IdentityOf<K>> {
  const found = await deps.identities.find(on, accountId, kind, name);
  if (found === undefined) throw noSuchIdentity(kind, name);
  return found;
}

/** A policy that the account may use: its own, or one of all accounts. Throws NoSuchEntity or Validation. */
export async function findPolicy(
  deps: Pick<IamDeps, 'managedPolicies'>,
  on: Reader,
  accountId: string,
  arn: string,
): Promise<ManagedPolicy> {
  const parsed = parseArn(arn);
  if (parsed?.service !== 'iam' || parsed.region !== '' || !parsed.resource.startsWith('policy/'))
    throw invalidInput(`ARN ${arn} is not valid.`);
  if (parsed.accountId !== accountId && parsed.accountId !== AWS_ACCOUNT) throw noSuchPolicy(arn);
  const name = parsed.resource.slice(parsed.resource.lastIndexOf('/') + 1);
  const found = await deps.managedPolicies.find(on, parsed.accountId, name);
  if (found === undefined || policyArn(found).toLowerCase() !== arn.toLowerCase()) throw noSuchPolicy(arn);
  return found;
}

export function policyArn({ accountId, path, name }: ManagedPolicy): string {
  return iamArn(accountId, 'policy', path, name);
}

export function identityArn({ accountId, kind, path, name }: Identity): string {
  return iamArn(accountId, kind, path, name);
}

/** Cuts a short list that is in memory to a page: the items after the one that `after` names. */
export function pageAfter<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  { after, limit }: { readonly after?: string | undefined; readonly limit: number },
): { readonly items: readonly T[]; readonly next?: string } {
  const rest = after === undefined ? items : items.filter((item) => keyOf(item) > after);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return rest.length > page.length && last !== undefined
    ? { items: page, next: keyOf(last) }
    : { items: page };
}

/** Whether a path lies under a prefix that begins with a slash. */
export function under(path: string, prefix: string | undefined): boolean {
  return path.startsWith(prefix ?? '/');
}
