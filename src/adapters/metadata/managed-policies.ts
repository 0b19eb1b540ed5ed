// Managed policies and their versions. A name is kept as written and found in lower case.
import type { ManagedPolicies, PolicyVersions } from '../../domain/access/ports.ts';
import type { ManagedPolicy, Tags } from '../../domain/access/types.ts';
import { type Builder, pageByPath, picked, prepare } from './prepared.ts';

/** The policy's columns for a query that joins it in: see `policyOf`. */
export const policyColumns = [
  'id',
  'account_id',
  'name',
  'path',
  'description',
  'default_version',
  'next_version',
  'tags',
  'created_at',
  'updated_at',
] as const;
const changing = ['default_version', 'next_version', 'tags', 'updated_at'] as const;

export interface PolicyRow {
  readonly id: string;
  readonly account_id: string;
  readonly name: string;
  readonly path: string;
  readonly description: string | null;
  readonly default_version: number;
  readonly next_version: number;
  readonly tags: string;
  readonly created_at: number;
  readonly updated_at: number;
}

export function makeManagedPolicies(db: Builder): ManagedPolicies {
  const find = prepare((p: { accountId: string; key: string }) =>
    db
      .selectFrom('managed_policies')
      .select(policyColumns)
      .where('account_id', '=', p.accountId)
      .where('name_key', '=', p.key),
  );
  const findById = prepare((p: { id: string }) =>
    db.selectFrom('managed_policies').select(policyColumns).where('id', '=', p.id),
  );
  const list = prepare((p: { accountId: string; after: string; limit: number }) =>
    db
      .selectFrom('managed_policies')
      .select(policyColumns)
      .where('account_id', '=', p.accountId)
      .where('name_key', '>', p.after)
      .orderBy('name_key')
      .limit(p.limit),
  );
  const count = prepare((p: { accountId: string }) =>
    db
      .selectFrom('managed_policies')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('account_id', '=', p.accountId),
  );
  const insert = prepare((p: PolicyRow & { readonly name_key: string }) =>
    db
      .insertInto('managed_policies')
      .values(picked(p, [...policyColumns, 'name_key']))
      .onConflict((conflict) => conflict.columns(['account_id', 'name_key']).doNothing()),
  );
  const update = prepare((p: PolicyRow) =>
    db.updateTable('managed_policies').set(picked(p, changing)).where('id', '=', p.id),
  );
  const remove = prepare((p: { id: string }) => db.deleteFrom('managed_policies').where('id', '=', p.id));

  return {
    async find(on, accountId, name) {
      const row = await find.first(on, { accountId, key: name.toLowerCase() });
      return row && policyOf(row);
    },
    async findById(on, id) {
      const row = await findById.first(on, { id });
      return row && policyOf(row);
    },
    async list(on, accountId, query) {
      const page = await pageByPath((after, limit) => list.all(on, { accountId, after, limit }), query);
      return { ...page, items: page.items.map(policyOf) };
    },
    async count(on, accountId) {
      return (await count.first(on, { accountId }))?.count ?? 0;
    },
    insert: async (tx, policy) =>
      (await insert.run(tx, { ...rowOf(policy), name_key: policy.name.toLowerCase() })) > 0,
    async update(tx, policy) {
      await update.run(tx, rowOf(policy));
    },
    async delete(tx, id) {
      await remove.run(tx, { id });
    },
  };
}

export function makePolicyVersions(db: Builder): PolicyVersions {
  const columns = ['number', 'document', 'created_at'] as const;
  const find = prepare((p: { policyId: string; number: number }) =>
    db
      .selectFrom('policy_versions')
      .select(columns)
      .where('policy_id', '=', p.policyId)
      .where('number', '=', p.number),
  );
  const list = prepare((p: { policyId: string }) =>
    db
      .selectFrom('policy_versions')
      .select(columns)
      .where('policy_id', '=', p.policyId)
      .orderBy('number', 'desc'),
  );
  const insert = prepare((p: { policyId: string; number: number; document: string; createdAt: number }) =>
    db
      .insertInto('policy_versions')
      .values({ policy_id: p.policyId, number: p.number, document: p.document, created_at: p.createdAt }),
  );
  const remove = prepare((p: { policyId: string; number: number }) =>
    db.deleteFrom('policy_versions').where('policy_id', '=', p.policyId).where('number', '=', p.number),
  );
  const versionOf = (row: { number: number; document: string; created_at: number }) => ({
    number: row.number,
    document: row.document,
    createdAt: row.created_at,
  });

  return {
    async find(on, policyId, number) {
      const row = await find.first(on, { policyId, number });
      return row && versionOf(row);
    },
    list: async (on, policyId) => (await list.all(on, { policyId })).map(versionOf),
    async insert(tx, policyId, version) {
      await insert.run(tx, { policyId, ...version });
    },
    async delete(tx, policyId, number) {
      await remove.run(tx, { policyId, number });
    },
  };
}

export function policyOf(row: PolicyRow): ManagedPolicy {
  return {
    id: row.id,
    accountId: row.account_id,
    name: row.name,
    path: row.path,
    ...(row.description === null ? {} : { description: row.description }),
    defaultVersion: row.default_version,
    nextVersion: row.next_version,
    tags: JSON.parse(row.tags) as Tags,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function rowOf(policy: ManagedPolicy): PolicyRow {
  return {
    id: policy.id,
    account_id: policy.accountId,
    name: policy.name,
    path: policy.path,
    description: policy.description ?? null,
    default_version: policy.defaultVersion,
    next_version: policy.nextVersion,
    tags: JSON.stringify(policy.tags),
    created_at: policy.createdAt,
    updated_at: policy.updatedAt,
  };
}
