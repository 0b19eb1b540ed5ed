// Signatures that were deleted without their image, while that was possible without a word: what is known of them says so,
// and with it the status of their image, which the next push of it signs.
import { type SchemaModule, sql } from 'kysely';
import type { Dialect } from '../dialects/dialect.ts';
import type { Run } from './index.ts';

export async function deletedSignatures(_schema: SchemaModule, _dialect: Dialect, run: Run): Promise<void> {
  await run(sql`
    update signing_jobs set manifest_fault = 'missing'
    where signature_digest is not null and manifest_fault is null
      and id in (select job_id from image_signing_statuses where status = 'COMPLETE')
      and not exists (
        select 1 from images as signature
        where signature.repository_id = signing_jobs.repository_id
          and signature.digest = signing_jobs.signature_digest)`);
}
