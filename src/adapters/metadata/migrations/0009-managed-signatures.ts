// Which images are signatures that the server made for pushes, and by which job. Signatures of before are known from
// their jobs' records.
import { type SchemaModule, sql } from 'kysely';
import type { Dialect } from '../dialects/dialect.ts';
import type { Run } from './index.ts';
import { schemaTools } from './schema-tools.ts';

export async function managedSignatures(schema: SchemaModule, dialect: Dialect, run: Run): Promise<void> {
  const { index } = schemaTools(schema, dialect);
  await schema.alterTable('images').addColumn('signing_job_id', dialect.text).execute();
  await run(sql`
    update images set signing_job_id = job.id from signing_jobs as job
    where job.signature_digest is not null
      and images.repository_id = job.repository_id
      and images.digest = job.signature_digest
      and images.subject_digest = job.digest`);
  // The job is in it, so that the index holds all that its query needs: SQLite would else prefer to walk the images.
  const ofSubject = ['repository_id', 'subject_digest', 'signing_job_id', 'digest'];
  await index('images_managed', 'images', ofSubject, 'signing_job_id is not null');
}
