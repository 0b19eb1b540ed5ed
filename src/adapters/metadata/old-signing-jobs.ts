// Signing jobs of which nothing is needed any more.
import type { OldSigningJobs } from '../../domain/signing/ports.ts';
import { type Builder, prepare } from './prepared.ts';

interface OldKey {
  id: string;
  completedBefore: number;
  expiredBefore: number;
}

export function makeOldSigningJobs(db: Builder): OldSigningJobs {
  const old = prepare(
    (p: { after: string; completedBefore: number; expiredBefore: number; limit: number }) => {
      const page = db
        .selectFrom('signing_jobs')
        .select(['id', 'completed_at', 'signature_expires_at', 'revoked_at'])
        .where('id', '>', p.after)
        .orderBy('id')
        .limit(p.limit)
        .as('page');
      return db
        .selectFrom(page)
        .select((eb) => [
          'page.id',
          eb
            .and([
              eb('page.completed_at', '<', p.completedBefore),
              eb.or([
                eb('page.signature_expires_at', 'is', null),
                eb('page.signature_expires_at', '<', p.expiredBefore),
              ]),
              eb('page.revoked_at', 'is', null),
            ])
            .as('isOld'),
        ])
        .orderBy('page.id');
    },
  );
  // Asked again in the statement that removes it, and with it whether anything that is stored rests on the job.
  const remove = prepare((p: OldKey) =>
    db
      .deleteFrom('signing_jobs')
      .where('id', '=', p.id)
      .where('status', '!=', 'InProgress')
      .where('completed_at', '<', p.completedBefore)
      .where((eb) =>
        eb.or([eb('signature_expires_at', 'is', null), eb('signature_expires_at', '<', p.expiredBefore)]),
      )
      .where('revoked_at', 'is', null)
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('image_signing_statuses as status')
              .select('status.job_id')
              .whereRef('status.repository_id', '=', 'signing_jobs.repository_id')
              .whereRef('status.digest', '=', 'signing_jobs.digest')
              .whereRef('status.job_id', '=', 'signing_jobs.id'),
          ),
        ),
      )
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('images as signature')
              .select('signature.digest')
              .whereRef('signature.repository_id', '=', 'signing_jobs.repository_id')
              .whereRef('signature.digest', '=', 'signing_jobs.signature_digest'),
          ),
        ),
      ),
  );

  return {
    async page(on, { after, completedBefore, expiredBefore, limit }) {
      const rows = await old.all(on, { after, completedBefore, expiredBefore, limit });
      const last = rows.length < limit ? undefined : rows.at(-1)?.id;
      const ids = rows.filter(({ isOld }) => Boolean(isOld)).map(({ id }) => id);
      return { looked: rows.length, ids, ...(last === undefined ? {} : { next: last }) };
    },
    async remove(tx, id, { completedBefore, expiredBefore }) {
      return (await remove.run(tx, { id, completedBefore, expiredBefore })) > 0;
    },
  };
}
