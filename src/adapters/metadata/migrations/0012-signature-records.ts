// What a job's record says of its signature beside its expiry: the time that the signature names itself, and how its
// manifest or its envelope was found gone or damaged. The times of signatures of before stand in their manifests.
import { type SchemaModule, sql } from 'kysely';
import type { Dialect } from '../dialects/dialect.ts';
import type { Run } from './index.ts';

export async function signatureRecords(schema: SchemaModule, dialect: Dialect, run: Run): Promise<void> {
  const added = { signed_at: 'integer', manifest_fault: 'text', envelope_fault: 'text' } as const;
  for (const [column, kind] of Object.entries(added))
    await schema.alterTable('signing_jobs').addColumn(column, dialect[kind]).execute();
  // Databases of another kind are younger than this.
  if (dialect.name !== 'sqlite') return;
  await run(sql`
    update signing_jobs set signed_at = 1000 * unixepoch(signature.annotations ->> '$."org.opencontainers.image.created"')
    from images as signature
    where signing_jobs.signature_digest is not null
      and signature.repository_id = signing_jobs.repository_id
      and signature.digest = signing_jobs.signature_digest
      and signature.signing_job_id = signing_jobs.id`);
}
