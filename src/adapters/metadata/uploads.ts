// Uploads in progress. Their bytes are files; here is only how far they came.
import type { Uploads } from '../../domain/registry/ports.ts';
import type { Upload } from '../../domain/registry/types.ts';
import type { DigestAlgorithm } from '../../shared/digest.ts';
import { type Builder, prepare } from './prepared.ts';

const columns = [
  'id',
  'repository_id',
  'algorithm',
  'received_bytes',
  'parts',
  'last_part_bytes',
  'created_at',
  'expires_at',
] as const;

export function makeUploads(db: Builder): Uploads {
  const find = prepare((p: { id: string }) =>
    db.selectFrom('uploads').select(columns).where('id', '=', p.id),
  );
  // The registry stands in the row too: its uploads are counted for each new one.
  const insert = prepare((p: Upload) =>
    db
      .insertInto('uploads')
      .columns([...columns, 'account_id', 'region'])
      .expression((eb) =>
        eb
          .selectFrom('repositories')
          .select([
            eb.val(p.id).as('id'),
            eb.val(p.repositoryId).as('repository_id'),
            eb.val<string>(p.algorithm).as('algorithm'),
            eb.val(p.receivedBytes).as('received_bytes'),
            eb.val(p.parts).as('parts'),
            eb.val(p.lastPartBytes).as('last_part_bytes'),
            eb.val(p.createdAt).as('created_at'),
            eb.val(p.expiresAt).as('expires_at'),
            'repositories.account_id',
            'repositories.region',
          ])
          .where('repositories.id', '=', p.repositoryId),
      ),
  );
  const update = prepare((p: Upload) =>
    db
      .updateTable('uploads')
      .set({
        algorithm: p.algorithm,
        received_bytes: p.receivedBytes,
        parts: p.parts,
        last_part_bytes: p.lastPartBytes,
        expires_at: p.expiresAt,
      })
      .where('id', '=', p.id),
  );
  const remove = prepare((p: { id: string }) => db.deleteFrom('uploads').where('id', '=', p.id));
  const expired = prepare((p: { before: number; limit: number }) =>
    db
      .selectFrom('uploads')
      .select(columns)
      .where('expires_at', '<', p.before)
      .orderBy('expires_at')
      .orderBy('id')
      .limit(p.limit),
  );
  const count = prepare((p: { accountId: string; region: string }) =>
    db
      .selectFrom('uploads')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('account_id', '=', p.accountId)
      .where('region', '=', p.region),
  );
  const countOfRepository = prepare((p: { repositoryId: number }) =>
    db
      .selectFrom('uploads')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('repository_id', '=', p.repositoryId),
  );

  return {
    async find(on, uploadId) {
      const row = await find.first(on, { id: uploadId });
      return row && uploadOf(row);
    },
    async insert(tx, upload) {
      if ((await insert.run(tx, upload)) === 0)
        throw new Error(`upload ${upload.id} is for a repository that does not exist`);
    },
    async update(tx, upload) {
      await update.run(tx, upload);
    },
    async delete(tx, uploadId) {
      return (await remove.run(tx, { id: uploadId })) > 0;
    },
    async expired(on, before, limit) {
      return (await expired.all(on, { before, limit })).map(uploadOf);
    },
    async count(on, { accountId, region }) {
      return (await count.first(on, { accountId, region }))?.count ?? 0;
    },
    async countOfRepository(on, repositoryId) {
      return (await countOfRepository.first(on, { repositoryId }))?.count ?? 0;
    },
  };
}

function uploadOf(row: {
  readonly id: string;
  readonly repository_id: number;
  readonly algorithm: string;
  readonly received_bytes: number;
  readonly parts: number;
  readonly last_part_bytes: number;
  readonly created_at: number;
  readonly expires_at: number;
}): Upload {
  return {
    id: row.id,
    repositoryId: row.repository_id,
    algorithm: row.algorithm as DigestAlgorithm,
    receivedBytes: row.received_bytes,
    parts: row.parts,
    lastPartBytes: row.last_part_bytes,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
