// The mark of the audit trail: one row, which the trail makes and alone can read.
import type { AuditMarks } from '../../domain/audit/ports.ts';
import { type Builder, prepare } from './prepared.ts';

const TRAIL = 'trail';

export function makeAuditMarks(db: Builder): AuditMarks {
  const find = prepare((p: { name: string }) =>
    db.selectFrom('audit_marks').select('document').where('name', '=', p.name),
  );
  const put = prepare((p: { name: string; document: string }) =>
    db
      .insertInto('audit_marks')
      .values({ name: p.name, document: p.document })
      .onConflict((conflict) =>
        conflict.column('name').doUpdateSet((eb) => ({ document: eb.ref('excluded.document') })),
      ),
  );
  return {
    find: async (on) => (await find.first(on, { name: TRAIL }))?.document,
    async put(tx, document) {
      await put.run(tx, { name: TRAIL, document });
    },
  };
}
