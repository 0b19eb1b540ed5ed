// Uploads in progress. Their bytes are files; here is only how far they came.
import type { Uploads } from '../../domain/registry/ports.ts';
import type { Upload } from '../../domain/registry/types.ts';
import type { DigestAlgorithm } from '../../shared/digest.ts';
import { type Builder, pageOf, prepare } from './prepared.ts';

const columns = [
  'id',
  'repository_id',
  'algorithm',
  'received_bytes',
  'parts',
  'last_part_bytes',
  'created_at',
  'expires_at',
  'principal_id',
  'principal_arn',
] as const;

export function makeUploads(db: Builder): Uploads {
  const find = prepare((p: { id: string }) =>
    db.selectFrom('uploads').select(columns).where('id', '=', p.id),
  );
  // The registry stands in the row too: its uploads are counted for each new one.
  const insert = prepare((p: Upload & { principalId: string; principalArn: string }) =>
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
            eb.val(p.principalId).as('principal_id'),
            eb.val(p.principalArn).as('principal_arn'),
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
  const countOfPrincipal = prepare(
    (p: { accountId: string; region: string; principalId: string; repositoryId: number }) =>
      db
        .selectFrom('uploads')
        .select((eb) => [
          eb.fn.countAll<number>().as('total'),
          eb.fn.countAll<number>().filterWhere('repository_id', '=', p.repositoryId).as('inRepository'),
        ])
        .where('principal_id', '=', p.principalId)
        .where('account_id', '=', p.accountId)
        .where('region', '=', p.region),
  );
  interface EmptyOf {
    readonly accountId: string;
    readonly region: string;
    readonly principalId: string;
    readonly repositoryId: number;
    readonly before: number;
    readonly limit: number;
  }
  /** Few are asked for where a bound is reached; an index would cost every upload. */
  const empty = (p: EmptyOf) =>
    db
      .selectFrom('uploads')
      .select('id')
      .where('received_bytes', '=', 0)
      .where('created_at', '<', p.before)
      .limit(p.limit);
  const emptyOfRegistry = prepare((p: EmptyOf) =>
    empty(p).where('account_id', '=', p.accountId).where('region', '=', p.region),
  );
  const emptyOfRepository = prepare((p: EmptyOf) => empty(p).where('repository_id', '=', p.repositoryId));
  const emptyOfPrincipal = prepare((p: EmptyOf) =>
    empty(p)
      .where('principal_id', '=', p.principalId)
      .where('account_id', '=', p.accountId)
      .where('region', '=', p.region),
  );
  const emptyOfPrincipalInRepository = prepare((p: EmptyOf) =>
    empty(p)
      .where('principal_id', '=', p.principalId)
      .where('account_id', '=', p.accountId)
      .where('region', '=', p.region)
      .where('repository_id', '=', p.repositoryId),
  );
  const list = prepare(
    (p: {
      id: string | null;
      repositoryName: string | null;
      principalArn: string | null;
      mostBytes: number;
      after: string;
      limit: number;
    }) =>
      db
        .selectFrom('uploads')
        .innerJoin('repositories', 'repositories.id', 'uploads.repository_id')
        .select([
          'uploads.id as id',
          'uploads.account_id as accountId',
          'uploads.region as region',
          'repositories.name as repositoryName',
          'uploads.principal_arn as principalArn',
          'uploads.received_bytes as receivedBytes',
          'uploads.created_at as createdAt',
          'uploads.expires_at as expiresAt',
        ])
        .where('uploads.id', '>', p.after)
        .where((eb) => eb.or([eb(eb.val(p.id), 'is', null), eb('uploads.id', '=', p.id)]))
        .where((eb) =>
          eb.or([eb(eb.val(p.repositoryName), 'is', null), eb('repositories.name', '=', p.repositoryName)]),
        )
        .where((eb) =>
          eb.or([eb(eb.val(p.principalArn), 'is', null), eb('uploads.principal_arn', '=', p.principalArn)]),
        )
        .where('uploads.received_bytes', '<=', p.mostBytes)
        .orderBy('uploads.id')
        .limit(p.limit),
  );

  return {
    async find(on, uploadId) {
      const row = await find.first(on, { id: uploadId });
      return row && uploadOf(row);
    },
    async insert(tx, upload) {
      const { id: principalId, arn: principalArn } = upload.openedBy;
      if ((await insert.run(tx, { ...upload, principalId, principalArn })) === 0)
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
    async countOfPrincipal(on, { accountId, region }, principalId, repositoryId) {
      const counts = await countOfPrincipal.first(on, { accountId, region, principalId, repositoryId });
      return counts ?? { total: 0, inRepository: 0 };
    },
    async untouched(on, { registry, principalId, repositoryId }, before, limit) {
      const { accountId, region } = registry;
      const one =
        principalId === undefined
          ? repositoryId === undefined
            ? emptyOfRegistry
            : emptyOfRepository
          : repositoryId === undefined
            ? emptyOfPrincipal
            : emptyOfPrincipalInRepository;
      const rows = await one.all(on, {
        accountId,
        region,
        principalId: principalId ?? '',
        repositoryId: repositoryId ?? 0,
        before,
        limit,
      });
      return rows.map(({ id }) => id);
    },
    async list(on, { id, repositoryName, principalArn, isEmpty }, { after, limit }) {
      const rows = await list.all(on, {
        id: id ?? null,
        repositoryName: repositoryName ?? null,
        principalArn: principalArn ?? null,
        mostBytes: isEmpty === true ? 0 : Number.MAX_SAFE_INTEGER,
        after,
        limit: limit + 1,
      });
      const items = rows.map(({ accountId, region, ...row }) => ({
        ...row,
        registry: { accountId, region },
      }));
      return pageOf(items, limit, (row) => row.id);
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
  readonly principal_id: string;
  readonly principal_arn: string;
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
    openedBy: { id: row.principal_id, arn: row.principal_arn },
  };
}
