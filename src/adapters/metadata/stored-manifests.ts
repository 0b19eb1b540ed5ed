// The bytes of manifests as the verification of records sees them: all of them in pages, and which were found wrong.
import type { StoredManifests } from '../../domain/registry/garbage-ports.ts';
import type { ContentFault } from '../../domain/registry/types.ts';
import type { Digest } from '../../shared/digest.ts';
import { type Builder, pageOf, prepare } from './prepared.ts';

interface Key {
  repositoryId: number;
  digest: string;
}

export function makeStoredManifests(db: Builder): StoredManifests {
  const page = prepare((p: Key & { limit: number }) =>
    db
      .selectFrom('images')
      .select(['repository_id', 'digest', 'manifest_size_bytes'])
      .where((eb) =>
        eb(eb.refTuple('repository_id', 'digest'), '>', eb.tuple(eb.val(p.repositoryId), eb.val(p.digest))),
      )
      .orderBy('repository_id')
      .orderBy('digest')
      .limit(p.limit),
  );
  const setFault = prepare((p: Key & { fault: string | null }) =>
    db
      .updateTable('images')
      .set({ manifest_fault: p.fault })
      .where('repository_id', '=', p.repositoryId)
      .where('digest', '=', p.digest)
      .where('manifest_fault', 'is distinct from', p.fault),
  );
  const resize = prepare((p: Key & { size: number }) =>
    db
      .updateTable('images')
      .set({ manifest_size_bytes: p.size })
      .where('repository_id', '=', p.repositoryId)
      .where('digest', '=', p.digest),
  );
  const write = prepare((p: Key & { bytes: Uint8Array }) =>
    db
      .insertInto('manifests')
      .values({ repository_id: p.repositoryId, digest: p.digest, bytes: p.bytes })
      .onConflict((conflict) =>
        conflict
          .columns(['repository_id', 'digest'])
          .doUpdateSet((eb) => ({ bytes: eb.ref('excluded.bytes') })),
      ),
  );
  const damaged = prepare((p: { limit: number }) =>
    db
      .selectFrom('images')
      .select(['repository_id', 'digest', 'manifest_fault'])
      .where('repository_id', '>', 0)
      .where('manifest_fault', 'is not', null)
      .orderBy('repository_id')
      .orderBy('digest')
      .limit(p.limit),
  );
  const count = prepare(() =>
    db
      .selectFrom('images')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('repository_id', '>', 0)
      .where('manifest_fault', 'is not', null),
  );

  return {
    async page(on, { after, limit }) {
      const { repositoryId, digest } = after ?? { repositoryId: 0, digest: '' };
      const rows = await page.all(on, { repositoryId, digest, limit: limit + 1 });
      const items = rows.map((row) => ({
        repositoryId: row.repository_id,
        digest: row.digest as Digest,
        sizeBytes: row.manifest_size_bytes,
      }));
      return pageOf(items, limit, (item) => ({ repositoryId: item.repositoryId, digest: item.digest }));
    },
    async setFault(tx, { repositoryId, digest }, fault) {
      return (await setFault.run(tx, { repositoryId, digest, fault: fault ?? null })) > 0;
    },
    async rewrite(tx, { repositoryId, digest }, bytes) {
      await write.run(tx, { repositoryId, digest, bytes });
      await resize.run(tx, { repositoryId, digest, size: bytes.length });
      await setFault.run(tx, { repositoryId, digest, fault: null });
    },
    async damaged(on, limit) {
      const rows = await damaged.all(on, { limit });
      return rows.map((row) => ({
        repositoryId: row.repository_id,
        digest: row.digest as Digest,
        fault: row.manifest_fault as ContentFault,
      }));
    },
    async countDamaged(on) {
      return (await count.first(on, {}))?.count ?? 0;
    },
  };
}
