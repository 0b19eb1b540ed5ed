// Users: made empty, deleted empty. Their keys, groups and policies are parts of their own.
import type { Page } from '../../storage.ts';
import { newId } from '../ids.ts';
import { LIMITS } from '../limits.ts';
import type { NameQuery } from '../ports.ts';
import type { User } from '../types.ts';
import { change, type IamDeps } from './deps.ts';
import { findIdentity, findPolicy } from './lookup.ts';
import { deleteConflict, identityExists, quotaExceeded } from './refusals.ts';
import { type Tag, withTags } from './tags.ts';

export interface UsersDoor {
  /** Throws EntityAlreadyExists, LimitExceeded, NoSuchEntity (boundary), Validation. */
  create(user: {
    readonly accountId: string;
    readonly name: string;
    readonly path?: string | undefined;
    readonly boundaryArn?: string | undefined;
    readonly tags?: readonly Tag[] | undefined;
  }): Promise<User>;
  /** Throws NoSuchEntity. */
  get(accountId: string, name: string): Promise<User>;
  list(accountId: string, query: NameQuery): Promise<Page<User, string>>;
  /** A new name or path is a new ARN; keys, groups and policies stay. Throws NoSuchEntity, EntityAlreadyExists. */
  update(
    accountId: string,
    name: string,
    to: { readonly name?: string | undefined; readonly path?: string | undefined },
  ): Promise<void>;
  /** Throws NoSuchEntity, DeleteConflict when keys, groups or policies hang on it. */
  delete(accountId: string, name: string): Promise<void>;
}

export function makeUsers(deps: IamDeps): UsersDoor {
  const { storage, identities } = deps;
  return {
    create: ({ accountId, name, path = '/', boundaryArn, tags = [] }) =>
      change(deps, async (tx) => {
        const boundary =
          boundaryArn === undefined ? undefined : await findPolicy(deps, tx, accountId, boundaryArn);
        const user: User = {
          kind: 'user',
          id: newId('user'),
          accountId,
          name,
          path,
          tags: withTags({}, tags),
          ...(boundary === undefined ? {} : { boundaryPolicyId: boundary.id }),
          createdAt: deps.clock.now(),
        };
        if (!(await identities.insert(tx, user))) throw identityExists('user', name);
        if ((await identities.count(tx, accountId, 'user')) > LIMITS.users)
          throw quotaExceeded('UsersPerAccount', LIMITS.users);
        return user;
      }),
    get: (accountId, name) => findIdentity(deps, storage.reader, { accountId, kind: 'user', name }),
    list: (accountId, query) => identities.list(storage.reader, accountId, 'user', query),
    update: (accountId, name, to) =>
      change(deps, async (tx) => {
        const user = await findIdentity(deps, tx, { accountId, kind: 'user', name });
        const changed = { ...user, name: to.name ?? user.name, path: to.path ?? user.path };
        if (!(await identities.update(tx, changed))) throw identityExists('user', changed.name);
      }),
    delete: (accountId, name) =>
      change(deps, async (tx) => {
        const user = await findIdentity(deps, tx, { accountId, kind: 'user', name });
        if ((await deps.accessKeys.ofOwner(tx, user.id)).length > 0)
          throw deleteConflict('Cannot delete entity, must delete access keys first.');
        if ((await deps.memberships.groupsOf(tx, user.id)).length > 0)
          throw deleteConflict('Cannot delete entity, must remove users from group first.');
        await refusePolicies(deps, tx, user.id);
        await identities.delete(tx, user.id);
      }),
  };
}

/** Throws DeleteConflict when the identity has policies. */
export async function refusePolicies(
  deps: Pick<IamDeps, 'inlinePolicies' | 'attachments'>,
  tx: Parameters<IamDeps['inlinePolicies']['list']>[0],
  identityId: string,
): Promise<void> {
  if ((await deps.attachments.ofIdentity(tx, identityId)).length > 0)
    throw deleteConflict('Cannot delete entity, must detach all policies first.');
  if ((await deps.inlinePolicies.list(tx, identityId)).length > 0)
    throw deleteConflict('Cannot delete entity, must delete policies first.');
}
