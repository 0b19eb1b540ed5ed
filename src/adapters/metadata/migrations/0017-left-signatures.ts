// Signatures of images that were deleted while that left them behind: what was attached to these images until then follows
// them now. That it was signed shows that such an image was there.
import { type SchemaModule, sql } from 'kysely';
import type { Dialect } from '../dialects/dialect.ts';
import type { Run } from './index.ts';

export async function leftSignatures(_schema: SchemaModule, _dialect: Dialect, run: Run): Promise<void> {
  await run(sql`
    insert into deleted_subjects (repository_id, digest, deleted_at, check_at)
    select repository_id, subject_digest, max(pushed_at) + 1, 0
    from images as signature
    where signing_job_id is not null and subject_digest is not null
      and not exists (
        select 1 from images as image
        where image.repository_id = signature.repository_id and image.digest = signature.subject_digest)
    group by repository_id, subject_digest
    on conflict (repository_id, digest) do nothing`);
}
