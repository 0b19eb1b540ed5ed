// The newest time that signing has written down.
import type { ClockMarks } from '../../domain/signing/ports.ts';
import { type Builder, prepare } from './prepared.ts';

const NEWEST = 'newest';

export function makeClockMarks(db: Builder): ClockMarks {
  const find = prepare((p: { name: string }) =>
    db.selectFrom('clock_marks').select('at').where('name', '=', p.name),
  );
  const put = prepare((p: { name: string; at: number }) =>
    db
      .insertInto('clock_marks')
      .values({ name: p.name, at: p.at })
      .onConflict((conflict) => conflict.column('name').doUpdateSet((eb) => ({ at: eb.ref('excluded.at') }))),
  );
  return {
    async find(on) {
      return (await find.first(on, { name: NEWEST }))?.at;
    },
    async put(tx, mark) {
      await put.run(tx, { name: NEWEST, at: mark });
    },
  };
}
