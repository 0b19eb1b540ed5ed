// What the collector reads and removes: links of blobs to repositories, and blobs that no repository holds. Every
// removal checks again, in its own statement, that nobody uses what it removes.
import type { ExpressionBuilder } from 'kysely';
import type { Garbage } from '../../domain/registry/garbage-ports.ts';
import type { Digest } from '../../shared/digest.ts';
import { type Builder, pageOf, prepare } from './prepared.ts';
import type { Tables } from './tables.ts';

type HeldTables = Tables & { readonly held: Tables['repository_blobs'] };

/** That the repository is not a deleted one, of which nobody may use anything. */
function isThere(eb: ExpressionBuilder<HeldTables, 'held'>) {
  return eb.exists(
    eb
      .selectFrom('repositories')
      .select('repositories.id')
      .whereRef('repositories.id', '=', 'held.repository_id')
      .where('repositories.removed_at', 'is', null),
  );
}

/** That an image of the repository names the blob. */
function isNamed(eb: ExpressionBuilder<HeldTables, 'held'>) {
  return eb.exists(
    eb
      .selectFrom('image_references as named')
      .select('named.kind')
      .whereRef('named.repository_id', '=', 'held.repository_id')
      .whereRef('named.child_digest', '=', 'held.digest')
      .where('named.kind', 'in', ['config', 'layer']),
  );
}

export function makeGarbage(db: Builder): Garbage {
  const links = prepare((p: { repositoryId: number; digest: string; before: number; limit: number }) =>
    db
      .selectFrom('repository_blobs as held')
      .select((eb) => [
        'held.repository_id as repositoryId',
        'held.digest as digest',
        eb.and([isThere(eb), eb.or([eb('held.linked_at', '>=', p.before), isNamed(eb)])]).as('isUsed'),
      ])
      .where((eb) =>
        eb(
          eb.refTuple('held.repository_id', 'held.digest'),
          '>',
          eb.tuple(eb.val(p.repositoryId), eb.val(p.digest)),
        ),
      )
      .orderBy('held.repository_id')
      .orderBy('held.digest')
      .limit(p.limit),
  );
  const unlinkUnused = prepare((p: { repositoryId: number; digest: string; before: number }) =>
    db
      .deleteFrom('repository_blobs')
      .where('repository_id', '=', p.repositoryId)
      .where('digest', '=', p.digest)
      .where('linked_at', '<', p.before)
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('image_references')
              .select('kind')
              .where('repository_id', '=', p.repositoryId)
              .where('child_digest', '=', p.digest)
              .where('kind', 'in', ['config', 'layer']),
          ),
        ),
      ),
  );
  const blobs = prepare((p: { digest: string; before: number; limit: number }) =>
    db
      .selectFrom('blobs')
      .select((eb) => [
        'blobs.digest as digest',
        'blobs.size_bytes as sizeBytes',
        eb
          .exists(
            eb
              .selectFrom('repository_blobs as held')
              .select('held.digest')
              .whereRef('held.digest', '=', 'blobs.digest')
              .where((link) => link.or([link('held.linked_at', '>=', p.before), isNamed(link)]))
              .where(isThere),
          )
          .as('isUsed'),
      ])
      .where('blobs.digest', '>', p.digest)
      .orderBy('blobs.digest')
      .limit(p.limit),
  );
  const deleteUnheld = prepare((p: { digest: string }) =>
    db
      .deleteFrom('blobs')
      .where('digest', '=', p.digest)
      .where((eb) =>
        eb.not(eb.exists(eb.selectFrom('repository_blobs').select('digest').where('digest', '=', p.digest))),
      ),
  );
  const page = prepare((p: { digest: string; limit: number }) =>
    db
      .selectFrom('blobs')
      .select((eb) => ['digest', 'size_bytes as sizeBytes', eb('inline_bytes', 'is', null).as('isFile')])
      .where('digest', '>', p.digest)
      .orderBy('digest')
      .limit(p.limit),
  );
  const inline = prepare((p: { digest: string }) =>
    db.selectFrom('blobs').select('inline_bytes').where('digest', '=', p.digest),
  );
  const dropInline = prepare((p: { digest: string }) =>
    db.updateTable('blobs').set({ inline_bytes: null }).where('digest', '=', p.digest),
  );
  const stored = prepare((p: { digest: string }) =>
    db.selectFrom('blobs').select('size_bytes').where('digest', '=', p.digest),
  );

  return {
    async links(on, { before, after, limit }) {
      const { repositoryId, digest } = after ?? { repositoryId: 0, digest: '' };
      const rows = await links.all(on, { repositoryId, digest, before, limit: limit + 1 });
      const found = rows.map((row) => ({
        repositoryId: row.repositoryId,
        digest: row.digest as Digest,
        isUsed: Boolean(row.isUsed),
      }));
      return pageOf(found, limit, (link) => ({ repositoryId: link.repositoryId, digest: link.digest }));
    },
    async unlinkUnused(tx, { repositoryId, digest }, before) {
      return (await unlinkUnused.run(tx, { repositoryId, digest, before })) > 0;
    },
    async blobs(on, { before, after = '', limit }) {
      const rows = await blobs.all(on, { digest: after, before, limit: limit + 1 });
      const found = rows.map((row) => ({
        digest: row.digest as Digest,
        sizeBytes: row.sizeBytes,
        isUsed: Boolean(row.isUsed),
      }));
      return pageOf(found, limit, ({ digest }) => digest);
    },
    async deleteUnheld(tx, digest) {
      return (await deleteUnheld.run(tx, { digest })) > 0;
    },
    async stored(on, { after = '', limit }) {
      const rows = await page.all(on, { digest: after, limit: limit + 1 });
      const items = rows.map(({ digest, sizeBytes, isFile }) => ({
        digest: digest as Digest,
        sizeBytes,
        isInline: !isFile,
      }));
      return pageOf(items, limit, ({ digest }) => digest);
    },
    async inlineBytes(on, digest) {
      return (await inline.first(on, { digest }))?.inline_bytes ?? undefined;
    },
    async dropInline(tx, digest) {
      await dropInline.run(tx, { digest });
    },
    async isStored(on, digest) {
      return (await stored.first(on, { digest })) !== undefined;
    },
  };
}
