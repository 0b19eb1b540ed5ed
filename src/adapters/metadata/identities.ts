// Users, groups and roles of all accounts. A name is kept as written and found in lower case.
import type { Identities } from '../../domain/access/ports.ts';
import type { Identity, IdentityKind, IdentityOf, Tags } from '../../domain/access/types.ts';
import { type Builder, pageByPath, picked, prepare } from './prepared.ts';

/** What an update may change. */
const changing = [
  'name',
  'name_key',
  'path',
  'tags',
  'boundary_policy_id',
  'trust_policy',
  'description',
  'max_session_seconds',
  'last_used_at',
  'last_used_region',
] as const;

/** The identity's columns for a query that joins it in: see `identityOf`. */
export const identityColumns = ['id', 'account_id', 'kind', 'created_at', ...changing] as const;

export interface IdentityRow {
  readonly id: string;
  readonly account_id: string;
  readonly kind: string;
  readonly name: string;
  readonly name_key: string;
  readonly path: string;
  readonly tags: string;
  readonly boundary_policy_id: string | null;
  readonly trust_policy: string | null;
  readonly description: string | null;
  readonly max_session_seconds: number | null;
  readonly last_used_at: number | null;
  readonly last_used_region: string | null;
  readonly created_at: number;
}

export function makeIdentities(db: Builder): Identities {
  const find = prepare((p: { accountId: string; kind: string; key: string }) =>
    db
      .selectFrom('identities')
      .select(identityColumns)
      .where('account_id', '=', p.accountId)
      .where('kind', '=', p.kind)
      .where('name_key', '=', p.key),
  );
  const findById = prepare((p: { id: string }) =>
    db.selectFrom('identities').select(identityColumns).where('id', '=', p.id),
  );
  const list = prepare((p: { accountId: string; kind: string; after: string; limit: number }) =>
    db
      .selectFrom('identities')
      .select(identityColumns)
      .where('account_id', '=', p.accountId)
      .where('kind', '=', p.kind)
      .where('name_key', '>', p.after)
      .orderBy('name_key')
      .limit(p.limit),
  );
  const count = prepare((p: { accountId: string; kind: string }) =>
    db
      .selectFrom('identities')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('account_id', '=', p.accountId)
      .where('kind', '=', p.kind),
  );
  const insert = prepare((p: IdentityRow) =>
    db
      .insertInto('identities')
      .values(picked(p, identityColumns))
      .onConflict((conflict) => conflict.columns(['account_id', 'kind', 'name_key']).doNothing()),
  );
  const update = prepare((p: IdentityRow) =>
    db.updateTable('identities').set(picked(p, changing)).where('id', '=', p.id),
  );
  const remove = prepare((p: { id: string }) => db.deleteFrom('identities').where('id', '=', p.id));

  return {
    async find<K extends IdentityKind>(
      on: Parameters<Identities['find']>[0],
      accountId: string,
      kind: K,
      name: string,
    ) {
      const row = await find.first(on, { accountId, kind, key: name.toLowerCase() });
      return row && (identityOf(row) as IdentityOf<K>);
    },
    async findById(on, id) {
      const row = await findById.first(on, { id });
      return row && identityOf(row);
    },
    async list<K extends IdentityKind>(
      on: Parameters<Identities['list']>[0],
      accountId: string,
      kind: K,
      query: Parameters<Identities['list']>[3],
    ) {
      const page = await pageByPath((after, limit) => list.all(on, { accountId, kind, after, limit }), query);
      return { ...page, items: page.items.map((row) => identityOf(row) as IdentityOf<K>) };
    },
    async count(on, accountId, kind) {
      return (await count.first(on, { accountId, kind }))?.count ?? 0;
    },
    insert: async (tx, identity) => (await insert.run(tx, rowOf(identity))) > 0,
    async update(tx, identity) {
      const other = await find.first(tx, {
        accountId: identity.accountId,
        kind: identity.kind,
        key: identity.name.toLowerCase(),
      });
      if (other !== undefined && other.id !== identity.id) return false;
      await update.run(tx, rowOf(identity));
      return true;
    },
    // What belongs to it goes with it (foreign keys).
    async delete(tx, id) {
      await remove.run(tx, { id });
    },
  };
}

export function identityOf(row: IdentityRow): Identity {
  const common = {
    id: row.id,
    accountId: row.account_id,
    name: row.name,
    path: row.path,
    createdAt: row.created_at,
  };
  const kind = row.kind as IdentityKind;
  if (kind === 'group') return { ...common, kind };
  const tagged = {
    ...common,
    tags: JSON.parse(row.tags) as Tags,
    ...(row.boundary_policy_id === null ? {} : { boundaryPolicyId: row.boundary_policy_id }),
  };
  if (kind === 'user') return { ...tagged, kind };
  const { trust_policy, max_session_seconds, last_used_at, last_used_region } = row;
  if (trust_policy === null || max_session_seconds === null)
    throw new Error(`the role ${row.id} has no trust policy or session length`);
  return {
    ...tagged,
    kind,
    trustPolicy: trust_policy,
    ...(row.description === null ? {} : { description: row.description }),
    maxSessionSeconds: max_session_seconds,
    ...(last_used_at === null ? {} : { lastUsed: { at: last_used_at, region: last_used_region ?? '' } }),
  };
}

function rowOf(identity: Identity): IdentityRow {
  const role = identity.kind === 'role' ? identity : undefined;
  const tagged = identity.kind === 'group' ? undefined : identity;
  return {
    id: identity.id,
    account_id: identity.accountId,
    kind: identity.kind,
    name: identity.name,
    name_key: identity.name.toLowerCase(),
    path: identity.path,
    tags: JSON.stringify(tagged?.tags ?? {}),
    boundary_policy_id: tagged?.boundaryPolicyId ?? null,
    trust_policy: role?.trustPolicy ?? null,
    description: role?.description ?? null,
    max_session_seconds: role?.maxSessionSeconds ?? null,
    last_used_at: role?.lastUsed?.at ?? null,
    last_used_region: role?.lastUsed?.region ?? null,
    created_at: identity.createdAt,
  };
}
