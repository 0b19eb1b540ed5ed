// How many images a repository has, for its quota.
import { type SchemaModule, sql } from 'kysely';
import type { Dialect } from '../dialects/dialect.ts';
import type { Run } from './index.ts';

export async function imageCount(schema: SchemaModule, dialect: Dialect, run: Run): Promise<void> {
  await schema
    .alterTable('repositories')
    .addColumn('image_count', dialect.integer, (column) => column.notNull().defaultTo(0))
    .execute();
  await run(sql`
    update repositories set image_count =
      (select count(*) from images where images.repository_id = repositories.id)`);
}
