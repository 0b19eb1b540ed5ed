// The newest time that signing has written down; of records of before, what they tell.
import { type SchemaModule, sql } from 'kysely';
import type { Dialect } from '../dialects/dialect.ts';
import type { Run } from './index.ts';
import { schemaTools } from './schema-tools.ts';

export async function clockMarks(schema: SchemaModule, dialect: Dialect, run: Run): Promise<void> {
  const { key } = schemaTools(schema, dialect);
  await key('clock_marks', { name: 'text', at: 'integer' }, ['name']).modifyEnd(dialect.plain).execute();
  await run(sql`
    insert into clock_marks (name, at)
    select 'newest', max(known.at) from (
      select max(signed_at) as at from signing_jobs
      union all select max(revoked_at) from signing_jobs
      union all select max(revoked_at) from signing_profiles
      union all select max(created_at) from authorities
    ) as known having max(known.at) is not null`);
}
