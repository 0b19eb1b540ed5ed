// What images name as their configs and layers, as the verification of records sees it.
import type { StoredReferences } from '../../domain/registry/garbage-ports.ts';
import type { ImageReference } from '../../domain/registry/types.ts';
import type { Digest } from '../../shared/digest.ts';
import { type Builder, pageOf, prepare } from './prepared.ts';

interface Key {
  repositoryId: number;
  digest: string;
  kind: string;
  parent: string;
}

const FIRST: Key = { repositoryId: 0, digest: '', kind: '', parent: '' };

export function makeStoredReferences(db: Builder): StoredReferences {
  const page = prepare((p: Key & { limit: number }) =>
    db
      .selectFrom('image_references as named')
      .select((eb) => [
        'named.repository_id as repositoryId',
        'named.child_digest as digest',
        'named.kind as kind',
        'named.parent_digest as parent',
        eb
          .and([
            eb.exists(
              eb
                .selectFrom('blobs')
                .select('blobs.digest')
                .whereRef('blobs.digest', '=', 'named.child_digest'),
            ),
            eb.exists(
              eb
                .selectFrom('repository_blobs as held')
                .select('held.digest')
                .whereRef('held.repository_id', '=', 'named.repository_id')
                .whereRef('held.digest', '=', 'named.child_digest'),
            ),
          ])
          .as('isStored'),
      ])
      .where((eb) =>
        eb(
          eb.refTuple('named.repository_id', 'named.child_digest', 'named.kind', 'named.parent_digest'),
          '>',
          eb.tuple(eb.val(p.repositoryId), eb.val(p.digest), eb.val(p.kind), eb.val(p.parent)),
        ),
      )
      .orderBy('named.repository_id')
      .orderBy('named.child_digest')
      .orderBy('named.kind')
      .orderBy('named.parent_digest')
      .limit(p.limit),
  );
  const parents = prepare((p: { repositoryId: number; digest: string; limit: number }) =>
    db
      .selectFrom('image_references')
      .select('parent_digest as parent')
      .where('repository_id', '=', p.repositoryId)
      .where('child_digest', '=', p.digest)
      .where('kind', 'in', ['config', 'layer'])
      .limit(p.limit),
  );

  return {
    async page(on, { after, limit }) {
      const rows = await page.all(on, { ...FIRST, ...after, limit: limit + 1 });
      const items = rows.map((row) => ({
        repositoryId: row.repositoryId,
        digest: row.digest as Digest,
        kind: row.kind as ImageReference['kind'],
        parent: row.parent as Digest,
        isStored: Boolean(row.isStored),
      }));
      return pageOf(items, limit, ({ repositoryId, digest, kind, parent }) => ({
        repositoryId,
        digest,
        kind,
        parent,
      }));
    },
    async parents(on, repositoryId, digest, limit) {
      const rows = await parents.all(on, { repositoryId, digest, limit });
      return rows.map(({ parent }) => parent as Digest);
    },
  };
}
