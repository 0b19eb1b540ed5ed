// Policies of AWS resources, by ARN.
import type { ResourcePolicies } from '../../domain/access/ports.ts';
import { type Builder, prepare } from './prepared.ts';

export function makeResourcePolicies(db: Builder): ResourcePolicies {
  const find = prepare((p: { arn: string }) =>
    db
      .selectFrom('resource_policies')
      .select(['document', 'revision', 'updated_at'])
      .where('resource_arn', '=', p.arn),
  );
  const put = prepare((p: { arn: string; document: string; revision: string; at: number }) =>
    db
      .insertInto('resource_policies')
      .values({ resource_arn: p.arn, document: p.document, revision: p.revision, updated_at: p.at })
      .onConflict((conflict) =>
        conflict.column('resource_arn').doUpdateSet((eb) => ({
          document: eb.ref('excluded.document'),
          revision: eb.ref('excluded.revision'),
          updated_at: eb.ref('excluded.updated_at'),
        })),
      ),
  );
  const remove = prepare((p: { arn: string }) =>
    db.deleteFrom('resource_policies').where('resource_arn', '=', p.arn),
  );

  return {
    async find(on, arn) {
      const row = await find.first(on, { arn });
      return row && { document: row.document, revision: row.revision, updatedAt: row.updated_at };
    },
    async put(tx, arn, { document, revision, updatedAt }) {
      await put.run(tx, { arn, document, revision, at: updatedAt });
    },
    async delete(tx, arn) {
      return (await remove.run(tx, { arn })) > 0;
    },
  };
}
