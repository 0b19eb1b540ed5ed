// Repositories of all registries.
import type { Repositories } from '../../domain/registry/ports.ts';
import type { EncryptionConfiguration, Repository, TagMutability } from '../../domain/registry/types.ts';
import { type Builder, pageOf, prepare } from './prepared.ts';

const columns = [
  'id',
  'account_id',
  'region',
  'name',
  'created_at',
  'tag_mutability',
  'tag_mutability_exclusions',
  'scan_on_push',
  'encryption',
] as const;

interface Row {
  readonly id: number;
  readonly account_id: string;
  readonly region: string;
  readonly name: string;
  readonly created_at: number;
  readonly tag_mutability: string;
  readonly tag_mutability_exclusions: string;
  readonly scan_on_push: number;
  readonly encryption: string;
}

/** Begins the names of deleted repositories, behind every name that a client may give. */
const REMOVED = '~';

export function makeRepositories(db: Builder): Repositories {
  const find = prepare((p: { accountId: string; region: string; name: string }) =>
    db
      .selectFrom('repositories')
      .select(columns)
      .where('account_id', '=', p.accountId)
      .where('region', '=', p.region)
      .where('name', '=', p.name)
      .where('removed_at', 'is', null),
  );
  const findById = prepare((p: { id: number }) =>
    db.selectFrom('repositories').select(columns).where('id', '=', p.id).where('removed_at', 'is', null),
  );
  const list = prepare((p: { accountId: string; region: string; after: string; limit: number }) =>
    db
      .selectFrom('repositories')
      .select(columns)
      .where('account_id', '=', p.accountId)
      .where('region', '=', p.region)
      .where('name', '>', p.after)
      .where('name', '<', REMOVED)
      .orderBy('name')
      .limit(p.limit),
  );
  const insert = prepare(
    (p: {
      accountId: string;
      region: string;
      name: string;
      createdAt: number;
      tagMutability: string;
      exclusions: string;
      scanOnPush: number;
      encryption: string;
    }) =>
      db
        .insertInto('repositories')
        .values({
          account_id: p.accountId,
          region: p.region,
          name: p.name,
          created_at: p.createdAt,
          tag_mutability: p.tagMutability,
          tag_mutability_exclusions: p.exclusions,
          scan_on_push: p.scanOnPush,
          encryption: p.encryption,
          image_count: 0,
          referrer_count: 0,
          removed_at: null,
        })
        .onConflict((conflict) => conflict.columns(['account_id', 'region', 'name']).doNothing())
        .returning('id'),
  );
  const update = prepare(
    (p: { id: number; tagMutability: string; exclusions: string; scanOnPush: number; encryption: string }) =>
      db
        .updateTable('repositories')
        .set({
          tag_mutability: p.tagMutability,
          tag_mutability_exclusions: p.exclusions,
          scan_on_push: p.scanOnPush,
          encryption: p.encryption,
        })
        .where('id', '=', p.id),
  );
  const remove = prepare((p: { id: number; name: string; at: number }) =>
    db.updateTable('repositories').set({ name: p.name, removed_at: p.at }).where('id', '=', p.id),
  );
  const removeUploads = prepare((p: { id: number }) =>
    db.deleteFrom('uploads').where('repository_id', '=', p.id),
  );

  return {
    async find(on, registry, name) {
      const row = await find.first(on, { accountId: registry.accountId, region: registry.region, name });
      return row && repositoryOf(row);
    },
    async findById(on, id) {
      const row = await findById.first(on, { id });
      return row && repositoryOf(row);
    },
    async list(on, { accountId, region }, { after = '', limit }) {
      const rows = await list.all(on, { accountId, region, after, limit: limit + 1 });
      return pageOf(rows.map(repositoryOf), limit, ({ name }) => name);
    },
    async insert(tx, repository) {
      const row = await insert.first(tx, {
        accountId: repository.registry.accountId,
        region: repository.registry.region,
        name: repository.name,
        createdAt: repository.createdAt,
        ...settingsOf(repository),
      });
      return row && { ...repository, id: row.id };
    },
    async update(tx, repository) {
      await update.run(tx, { id: repository.id, ...settingsOf(repository) });
    },
    async delete(tx, { id }, at) {
      await remove.run(tx, { id, name: `${REMOVED}${id}`, at });
      // These count against the registry's open uploads, and are few.
      await removeUploads.run(tx, { id });
    },
  };
}

/** The repository's columns for a query that joins it in: see `repositoryOf`. */
export const repositoryColumns = columns;

export function repositoryOf(row: Row): Repository {
  return {
    id: row.id,
    registry: { accountId: row.account_id, region: row.region },
    name: row.name,
    createdAt: row.created_at,
    tagMutability: row.tag_mutability as TagMutability,
    tagMutabilityExclusions: JSON.parse(
      row.tag_mutability_exclusions,
    ) as Repository['tagMutabilityExclusions'],
    scanOnPush: row.scan_on_push !== 0,
    encryption: JSON.parse(row.encryption) as EncryptionConfiguration,
  };
}

function settingsOf(repository: Omit<Repository, 'id'>) {
  return {
    tagMutability: repository.tagMutability,
    exclusions: JSON.stringify(repository.tagMutabilityExclusions),
    scanOnPush: repository.scanOnPush ? 1 : 0,
    encryption: JSON.stringify(repository.encryption),
  };
}
