// Accounts of the server.
import type { Accounts } from '../../domain/access/ports.ts';
import { type Builder, pageOf, prepare } from './prepared.ts';

export function makeAccounts(db: Builder): Accounts {
  const find = prepare((p: { id: string }) =>
    db.selectFrom('accounts').select(['id', 'created_at']).where('id', '=', p.id),
  );
  const list = prepare((p: { after: string; limit: number }) =>
    db
      .selectFrom('accounts')
      .select(['id', 'created_at'])
      .where('id', '>', p.after)
      .orderBy('id')
      .limit(p.limit),
  );
  const insert = prepare((p: { id: string; createdAt: number }) =>
    db
      .insertInto('accounts')
      .values({ id: p.id, created_at: p.createdAt })
      .onConflict((conflict) => conflict.column('id').doNothing()),
  );
  const accountOf = (row: { id: string; created_at: number }) => ({ id: row.id, createdAt: row.created_at });

  return {
    async find(on, id) {
      const row = await find.first(on, { id });
      return row && accountOf(row);
    },
    async list(on, { after = '', limit }) {
      const rows = await list.all(on, { after, limit: limit + 1 });
      return pageOf(rows.map(accountOf), limit, ({ id }) => id);
    },
    insert: async (tx, account) => (await insert.run(tx, account)) > 0,
  };
}
