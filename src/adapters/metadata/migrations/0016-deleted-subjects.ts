// Which images were deleted whose referrers are to follow them; and images and referrers of a repository counted apart:
// managed signatures count as neither.
import { type SchemaModule, sql } from 'kysely';
import type { Dialect } from '../dialects/dialect.ts';
import type { Run } from './index.ts';
import { schemaTools } from './schema-tools.ts';

export async function deletedSubjects(schema: SchemaModule, dialect: Dialect, run: Run): Promise<void> {
  const { key, index } = schemaTools(schema, dialect);
  await key(
    'deleted_subjects',
    { repository_id: 'integer', digest: 'text', deleted_at: 'integer', check_at: 'integer' },
    ['repository_id', 'digest'],
  )
    .addForeignKeyConstraint(
      'deleted_subjects_repository',
      ['repository_id'] as never[],
      'repositories',
      ['id'],
      (constraint) => constraint.onDelete('cascade'),
    )
    .modifyEnd(dialect.clustered)
    .execute();
  await index('deleted_subjects_due', 'deleted_subjects', ['check_at', 'repository_id', 'digest']);

  await schema
    .alterTable('repositories')
    .addColumn('referrer_count', dialect.integer, (column) => column.notNull().defaultTo(0))
    .execute();
  await run(sql`
    update repositories set
      image_count = (select count(*) from images
        where images.repository_id = repositories.id and subject_digest is null),
      referrer_count = (select count(*) from images
        where images.repository_id = repositories.id and subject_digest is not null and signing_job_id is null)`);
}
