// Policies that live in one identity.
import type { InlinePolicies } from '../../domain/access/ports.ts';
import { type Builder, prepare } from './prepared.ts';

export function makeInlinePolicies(db: Builder): InlinePolicies {
  const list = prepare((p: { identityId: string }) =>
    db
      .selectFrom('inline_policies')
      .select(['name', 'document'])
      .where('identity_id', '=', p.identityId)
      .orderBy('name'),
  );
  const put = prepare((p: { identityId: string; name: string; document: string }) =>
    db
      .insertInto('inline_policies')
      .values({ identity_id: p.identityId, name: p.name, document: p.document })
      .onConflict((conflict) =>
        conflict
          .columns(['identity_id', 'name'])
          .doUpdateSet((eb) => ({ document: eb.ref('excluded.document') })),
      ),
  );
  const remove = prepare((p: { identityId: string; name: string }) =>
    db.deleteFrom('inline_policies').where('identity_id', '=', p.identityId).where('name', '=', p.name),
  );

  return {
    async list(on, identityId) {
      const rows = await list.all(on, { identityId });
      return rows.map(({ name, document }) => ({ name, document }));
    },
    async put(tx, identityId, { name, document }) {
      await put.run(tx, { identityId, name, document });
    },
    delete: async (tx, identityId, name) => (await remove.run(tx, { identityId, name })) > 0,
  };
}
