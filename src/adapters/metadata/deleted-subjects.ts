// Images that were deleted while others referred to them, until the referrers have followed.
import type { DeletedSubject, DeletedSubjects } from '../../domain/registry/ports.ts';
import type { Digest } from '../../shared/digest.ts';
import { referrersFallbackTag } from '../../shared/names.ts';
import { type Builder, prepare } from './prepared.ts';

interface Key {
  repositoryId: number;
  digest: string;
}

const columns = ['repository_id', 'digest', 'deleted_at'] as const;

export function makeDeletedSubjects(db: Builder): DeletedSubjects {
  // Only when there is something that refers to it: a referrer, or a list under the tag for it.
  const note = prepare((p: Key & { tag: string; deletedAt: number; checkAt: number }) =>
    db
      .insertInto('deleted_subjects')
      .columns(['repository_id', 'digest', 'deleted_at', 'check_at'])
      .expression((eb) =>
        eb
          .selectFrom('repositories')
          .select([
            'repositories.id as repository_id',
            eb.val<string>(p.digest).as('digest'),
            eb.val<number>(p.deletedAt).as('deleted_at'),
            eb.val<number>(p.checkAt).as('check_at'),
          ])
          .where('repositories.id', '=', p.repositoryId)
          .where((cond) =>
            cond.or([
              cond.exists(
                cond
                  .selectFrom('images')
                  .select('images.digest')
                  .where('images.repository_id', '=', p.repositoryId)
                  .where('images.subject_digest', '=', p.digest),
              ),
              cond.exists(
                cond
                  .selectFrom('tags')
                  .select('tags.tag')
                  .where('tags.repository_id', '=', p.repositoryId)
                  .where('tags.tag', '=', p.tag),
              ),
            ]),
          ),
      )
      .onConflict((conflict) =>
        conflict.columns(['repository_id', 'digest']).doUpdateSet((eb) => ({
          deleted_at: eb.ref('excluded.deleted_at'),
          check_at: eb.ref('excluded.check_at'),
        })),
      ),
  );
  const due = prepare((p: { now: number }) =>
    db
      .selectFrom('deleted_subjects')
      .select(columns)
      .where('check_at', '<=', p.now)
      .orderBy('check_at')
      .orderBy('repository_id')
      .orderBy('digest')
      .limit(1),
  );
  const find = prepare((p: Key) =>
    db
      .selectFrom('deleted_subjects')
      .select(columns)
      .where('repository_id', '=', p.repositoryId)
      .where('digest', '=', p.digest),
  );
  const ofRepository = prepare((p: { repositoryId: number; limit: number }) =>
    db
      .selectFrom('deleted_subjects')
      .select(columns)
      .where('repository_id', '=', p.repositoryId)
      .orderBy('digest')
      .limit(p.limit),
  );
  const postpone = prepare((p: Key & { checkAt: number }) =>
    db
      .updateTable('deleted_subjects')
      .set({ check_at: p.checkAt })
      .where('repository_id', '=', p.repositoryId)
      .where('digest', '=', p.digest),
  );
  const remove = prepare((p: Key) =>
    db
      .deleteFrom('deleted_subjects')
      .where('repository_id', '=', p.repositoryId)
      .where('digest', '=', p.digest),
  );

  return {
    async note(tx, { repositoryId, digest, deletedAt }, checkAt) {
      await note.run(tx, { repositoryId, digest, tag: referrersFallbackTag(digest), deletedAt, checkAt });
    },
    async due(on, now) {
      const row = await due.first(on, { now });
      return row && subjectOf(row);
    },
    async find(on, repositoryId, digest) {
      const row = await find.first(on, { repositoryId, digest });
      return row && subjectOf(row);
    },
    async ofRepository(on, repositoryId, limit) {
      return (await ofRepository.all(on, { repositoryId, limit })).map(subjectOf);
    },
    async postpone(tx, { repositoryId, digest }, checkAt) {
      await postpone.run(tx, { repositoryId, digest, checkAt });
    },
    async remove(tx, { repositoryId, digest }) {
      await remove.run(tx, { repositoryId, digest });
    },
  };
}

function subjectOf(row: {
  readonly repository_id: number;
  readonly digest: string;
  readonly deleted_at: number;
}): DeletedSubject {
  return { repositoryId: row.repository_id, digest: row.digest as Digest, deletedAt: row.deleted_at };
}
