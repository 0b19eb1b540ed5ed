// Tags. Every change keeps `images.tag_count`, by which tagged and untagged images are listed.
import { sql } from 'kysely';
import type { Tags } from '../../domain/registry/ports.ts';
import type { Digest } from '../../shared/digest.ts';
import { type Builder, pageOf, prepare } from './prepared.ts';

interface Key {
  repositoryId: number;
  tag: string;
}

export function makeTags(db: Builder): Tags {
  const find = prepare((p: Key) =>
    db
      .selectFrom('tags')
      .select('digest')
      .where('repository_id', '=', p.repositoryId)
      .where('tag', '=', p.tag),
  );
  const ofImage = prepare((p: { repositoryId: number; digest: string }) =>
    db
      .selectFrom('tags')
      .select('tag')
      .where('repository_id', '=', p.repositoryId)
      .where('digest', '=', p.digest)
      .orderBy('tag'),
  );
  const list = prepare((p: { repositoryId: number; after: string; limit: number }) =>
    db
      .selectFrom('tags')
      .select('tag')
      .where('repository_id', '=', p.repositoryId)
      .where('tag', '>', p.after)
      .orderBy('tag')
      .limit(p.limit),
  );
  const put = prepare((p: Key & { digest: string; at: number }) =>
    db
      .insertInto('tags')
      .values({ repository_id: p.repositoryId, tag: p.tag, digest: p.digest, updated_at: p.at })
      .onConflict((conflict) =>
        conflict.columns(['repository_id', 'tag']).doUpdateSet((eb) => ({
          digest: eb.ref('excluded.digest'),
          updated_at: eb.ref('excluded.updated_at'),
        })),
      ),
  );
  const remove = prepare((p: Key) =>
    db.deleteFrom('tags').where('repository_id', '=', p.repositoryId).where('tag', '=', p.tag),
  );
  const count = prepare((p: { repositoryId: number; digest: string; change: number }) =>
    db
      .updateTable('images')
      .set({
        tag_count: sql<number>`tag_count + ${p.change}`,
        is_tagged: sql<number>`case when tag_count + ${p.change} = 0 then 0 else 1 end`,
      })
      .where('repository_id', '=', p.repositoryId)
      .where('digest', '=', p.digest),
  );

  return {
    async find(on, repositoryId, tag) {
      return (await find.first(on, { repositoryId, tag }))?.digest as Digest | undefined;
    },
    async ofImage(on, repositoryId, digest) {
      return (await ofImage.all(on, { repositoryId, digest })).map(({ tag }) => tag);
    },
    async list(on, repositoryId, { after = '', limit }) {
      const rows = await list.all(on, { repositoryId, after, limit: limit + 1 });
      return pageOf(
        rows.map(({ tag }) => tag),
        limit,
        (tag) => tag,
      );
    },
    async put(tx, repositoryId, tag, digest, at) {
      const before = await find.first(tx, { repositoryId, tag });
      await put.run(tx, { repositoryId, tag, digest, at });
      if (before?.digest === digest) return;
      if (before !== undefined) await count.run(tx, { repositoryId, digest: before.digest, change: -1 });
      await count.run(tx, { repositoryId, digest, change: 1 });
    },
    async delete(tx, repositoryId, tag) {
      const before = await find.first(tx, { repositoryId, tag });
      if (before === undefined) return false;
      await remove.run(tx, { repositoryId, tag });
      await count.run(tx, { repositoryId, digest: before.digest, change: -1 });
      return true;
    },
  };
}
