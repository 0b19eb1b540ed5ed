// Blobs, once in the whole store, and which repositories hold them. A damaged blob counts as missing until it is
// stored again.
import type { ExpressionBuilder } from 'kysely';
import type { Layers } from '../../domain/registry/ports.ts';
import type { Layer } from '../../domain/registry/types.ts';
import type { Digest } from '../../shared/digest.ts';
import { digestParameters, makeMissing } from './missing.ts';
import { type Builder, prepare } from './prepared.ts';
import { repositoryColumns, repositoryOf } from './repositories.ts';
import type { Tables } from './tables.ts';

type HeldTables = Tables & { readonly held: Tables['repository_blobs'] };

interface Key {
  repositoryId: number;
  digest: string;
}

interface NewBlob {
  digest: string;
  size: number;
  inline: Uint8Array | null;
  at: number;
  fileIdentity: string | null;
}

/** That nobody found the blob damaged. */
function isWhole(eb: ExpressionBuilder<HeldTables, 'held'>) {
  const found = eb.selectFrom('damaged_blobs').select('fault').whereRef('digest', '=', 'held.digest');
  return eb.not(eb.exists(found));
}

export function makeLayers(db: Builder): Layers {
  const find = prepare((p: Key) =>
    db
      .selectFrom('repository_blobs as held')
      .innerJoin('blobs', 'blobs.digest', 'held.digest')
      .select(['blobs.size_bytes', 'blobs.inline_bytes', 'blobs.file_identity'])
      .where('held.repository_id', '=', p.repositoryId)
      .where('held.digest', '=', p.digest)
      .where(isWhole),
  );
  const damaged = prepare((p: Key) =>
    db
      .selectFrom('repository_blobs as held')
      .innerJoin('damaged_blobs', 'damaged_blobs.digest', 'held.digest')
      .innerJoin('blobs', 'blobs.digest', 'held.digest')
      .select(['blobs.size_bytes', 'blobs.inline_bytes', 'blobs.file_identity'])
      .where('held.repository_id', '=', p.repositoryId)
      .where('held.digest', '=', p.digest),
  );
  const holder = prepare((p: { accountId: string; region: string; digest: string }) =>
    db
      .selectFrom('repository_blobs as held')
      .innerJoin('repositories', 'repositories.id', 'held.repository_id')
      .select(repositoryColumns)
      .where('held.digest', '=', p.digest)
      .where('repositories.account_id', '=', p.accountId)
      .where('repositories.region', '=', p.region)
      .where('repositories.removed_at', 'is', null)
      .limit(1),
  );
  const putBlob = prepare((p: NewBlob) =>
    db
      .insertInto('blobs')
      .values({
        digest: p.digest,
        size_bytes: p.size,
        inline_bytes: p.inline,
        created_at: p.at,
        file_identity: p.fileIdentity,
      })
      .onConflict((conflict) => conflict.doNothing()),
  );
  const link = prepare((p: Key & { at: number }) =>
    db
      .insertInto('repository_blobs')
      .values({ repository_id: p.repositoryId, digest: p.digest, linked_at: p.at })
      .onConflict((conflict) =>
        conflict
          .columns(['repository_id', 'digest'])
          .doUpdateSet((eb) => ({ linked_at: eb.ref('excluded.linked_at') })),
      ),
  );
  const heldSince = prepare((p: Key) =>
    db
      .selectFrom('repository_blobs as held')
      .select('held.linked_at as at')
      .where('held.repository_id', '=', p.repositoryId)
      .where('held.digest', '=', p.digest)
      .where(isWhole),
  );
  const renew = prepare((p: Key & { at: number }) =>
    db
      .updateTable('repository_blobs')
      .set({ linked_at: p.at })
      .where('repository_id', '=', p.repositoryId)
      .where('digest', '=', p.digest),
  );
  const unlink = prepare((p: Key) =>
    db
      .deleteFrom('repository_blobs')
      .where('repository_id', '=', p.repositoryId)
      .where('digest', '=', p.digest),
  );
  const referenced = prepare((p: Key) =>
    db
      .selectFrom('image_references')
      .select('kind')
      .where('repository_id', '=', p.repositoryId)
      .where('child_digest', '=', p.digest)
      .where('kind', 'in', ['config', 'layer'])
      .limit(1),
  );
  const missing = makeMissing((size) =>
    prepare((p: { repositoryId: number } & Record<`d${number}`, string>) =>
      db
        .selectFrom('repository_blobs as held')
        .select('held.digest')
        .where('held.repository_id', '=', p.repositoryId)
        .where('held.digest', 'in', digestParameters(p, size))
        .where(isWhole),
    ),
  );

  return {
    async find(on, repositoryId, digest) {
      const row = await find.first(on, { repositoryId, digest });
      return row && layerOf(digest, row);
    },
    missing,
    async findHolder(on, { accountId, region }, digest) {
      const row = await holder.first(on, { accountId, region, digest });
      return row && repositoryOf(row);
    },
    async put(tx, repositoryId, { digest, sizeBytes, inline = null, fileIdentity = null }, at) {
      await putBlob.run(tx, { digest, size: sizeBytes, inline, at, fileIdentity });
      await link.run(tx, { repositoryId, digest, at });
    },
    async findDamaged(on, repositoryId, digest) {
      const row = await damaged.first(on, { repositoryId, digest });
      return row && layerOf(digest, row);
    },
    async heldSince(on, repositoryId, digest) {
      return (await heldSince.first(on, { repositoryId, digest }))?.at;
    },
    async renew(tx, repositoryId, digest, at) {
      return (await renew.run(tx, { repositoryId, digest, at })) > 0;
    },
    async unlink(tx, repositoryId, digest) {
      return (await unlink.run(tx, { repositoryId, digest })) > 0;
    },
    async isReferenced(on, repositoryId, digest) {
      return (await referenced.first(on, { repositoryId, digest })) !== undefined;
    },
  };
}

interface BlobRow {
  readonly size_bytes: number;
  readonly inline_bytes: Uint8Array | null;
  readonly file_identity: string | null;
}

function layerOf(digest: Digest, row: BlobRow): Layer {
  const { size_bytes: sizeBytes, inline_bytes: inline, file_identity: fileIdentity } = row;
  if (inline !== null) return { digest, sizeBytes, inline };
  return fileIdentity === null ? { digest, sizeBytes } : { digest, sizeBytes, fileIdentity };
}
