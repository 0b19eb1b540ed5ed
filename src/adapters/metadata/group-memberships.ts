// Which users are in which groups.
import type { Memberships } from '../../domain/access/ports.ts';
import type { Group, User } from '../../domain/access/types.ts';
import { identityColumns, identityOf } from './identities.ts';
import { type Builder, pageOf, prepare } from './prepared.ts';

const columns = identityColumns.map((column) => `identities.${column}` as const);

export function makeMemberships(db: Builder): Memberships {
  const groupsOf = prepare((p: { userId: string }) =>
    db
      .selectFrom('group_memberships')
      .innerJoin('identities', 'identities.id', 'group_memberships.group_id')
      .select(columns)
      .where('group_memberships.user_id', '=', p.userId)
      .orderBy('group_memberships.group_id'),
  );
  const usersOf = prepare((p: { groupId: string; after: string; limit: number }) =>
    db
      .selectFrom('group_memberships')
      .innerJoin('identities', 'identities.id', 'group_memberships.user_id')
      .select(columns)
      .where('group_memberships.group_id', '=', p.groupId)
      .where('group_memberships.user_id', '>', p.after)
      .orderBy('group_memberships.user_id')
      .limit(p.limit),
  );
  const add = prepare((p: { groupId: string; userId: string }) =>
    db
      .insertInto('group_memberships')
      .values({ group_id: p.groupId, user_id: p.userId })
      .onConflict((conflict) => conflict.columns(['group_id', 'user_id']).doNothing()),
  );
  const remove = prepare((p: { groupId: string; userId: string }) =>
    db.deleteFrom('group_memberships').where('group_id', '=', p.groupId).where('user_id', '=', p.userId),
  );

  return {
    async groupsOf(on, userId) {
      const rows = await groupsOf.all(on, { userId });
      return rows.map((row) => identityOf(row) as Group);
    },
    async usersOf(on, groupId, { after = '', limit }) {
      const rows = await usersOf.all(on, { groupId, after, limit: limit + 1 });
      return pageOf(
        rows.map((row) => identityOf(row) as User),
        limit,
        ({ id }) => id,
      );
    },
    async add(tx, groupId, userId) {
      await add.run(tx, { groupId, userId });
    },
    async remove(tx, groupId, userId) {
      await remove.run(tx, { groupId, userId });
    },
  };
}
