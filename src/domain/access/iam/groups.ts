// Groups of users: a user has the policies of its groups.
import type { Page } from '../../storage.ts';
import { newId } from '../ids.ts';
import { LIMITS } from '../limits.ts';
import type { NameQuery } from '../ports.ts';
import type { Group, User } from '../types.ts';
import { change, type IamDeps } from './deps.ts';
import { findIdentity, pageAfter } from './lookup.ts';
import { deleteConflict, identityExists, quotaExceeded } from './refusals.ts';
import { refusePolicies } from './users.ts';

export interface GroupsDoor {
  /** Throws EntityAlreadyExists, LimitExceeded. */
  create(accountId: string, name: string, path?: string): Promise<Group>;
  /** Throws NoSuchEntity. */
  get(accountId: string, name: string): Promise<Group>;
  list(accountId: string, query: NameQuery): Promise<Page<Group, string>>;
  /** Members; the key of the next page is a user's id. Throws NoSuchEntity. */
  users(
    accountId: string,
    name: string,
    query: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<Page<User, string>>;
  /** Throws NoSuchEntity, DeleteConflict when it has users or policies. */
  delete(accountId: string, name: string): Promise<void>;
  /** Twice changes nothing. Throws NoSuchEntity, LimitExceeded. */
  addUser(accountId: string, name: string, userName: string): Promise<void>;
  /** Throws NoSuchEntity when there is no such user or group. */
  removeUser(accountId: string, name: string, userName: string): Promise<void>;
  /** By name. Throws NoSuchEntity. */
  ofUser(
    accountId: string,
    userName: string,
    query: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<Page<Group, string>>;
}

export function makeGroups(deps: IamDeps): GroupsDoor {
  const { storage, identities, memberships } = deps;
  const { reader } = storage;
  const both = async (tx: typeof reader, accountId: string, name: string, userName: string) => ({
    group: await findIdentity(deps, tx, { accountId, kind: 'group', name }),
    user: await findIdentity(deps, tx, { accountId, kind: 'user', name: userName }),
  });
  return {
    create: (accountId, name, path = '/') =>
      change(deps, async (tx) => {
        const createdAt = deps.clock.now();
        const group: Group = { kind: 'group', id: newId('group'), accountId, name, path, createdAt };
        if (!(await identities.insert(tx, group))) throw identityExists('group', name);
        if ((await identities.count(tx, accountId, 'group')) > LIMITS.groups)
          throw quotaExceeded('GroupsPerAccount', LIMITS.groups);
        return group;
      }),
    get: (accountId, name) => findIdentity(deps, reader, { accountId, kind: 'group', name }),
    list: (accountId, query) => identities.list(reader, accountId, 'group', query),
    async users(accountId, name, query) {
      const { id } = await findIdentity(deps, reader, { accountId, kind: 'group', name });
      return memberships.usersOf(reader, id, query);
    },
    delete: (accountId, name) =>
      change(deps, async (tx) => {
        const { id } = await findIdentity(deps, tx, { accountId, kind: 'group', name });
        if ((await memberships.usersOf(tx, id, { limit: 1 })).items.length > 0)
          throw deleteConflict('Cannot delete entity, must remove users from group first.');
        await refusePolicies(deps, tx, id);
        await identities.delete(tx, id);
      }),
    addUser: (accountId, name, userName) =>
      change(deps, async (tx) => {
        const { group, user } = await both(tx, accountId, name, userName);
        await memberships.add(tx, group.id, user.id);
        if ((await memberships.groupsOf(tx, user.id)).length > LIMITS.groupsOfUser)
          throw quotaExceeded('GroupsPerUser', LIMITS.groupsOfUser);
      }),
    removeUser: (accountId, name, userName) =>
      change(deps, async (tx) => {
        const { group, user } = await both(tx, accountId, name, userName);
        await memberships.remove(tx, group.id, user.id);
      }),
    async ofUser(accountId, userName, query) {
      const { id } = await findIdentity(deps, reader, { accountId, kind: 'user', name: userName });
      const groups = [...(await memberships.groupsOf(reader, id))];
      groups.sort((a, b) => (a.name < b.name ? -1 : 1));
      return pageAfter(groups, ({ name }) => name, query);
    },
  };
}
