// Signing profiles, a row for each version of a name.

import type { ProfileKey, SigningProfiles } from '../../domain/signing/ports.ts';
import type {
  ProfileRevocation,
  ProfileStatus,
  SigningProfile,
  ValidityPeriod,
} from '../../domain/signing/types.ts';
import type { Tx } from '../../domain/storage.ts';
import { type Builder, type Prepared, pageOf, prepare } from './prepared.ts';

const DELETED = 'Deleted';

const columns = [
  'account_id',
  'region',
  'name',
  'version',
  'platform_id',
  'status',
  'status_reason',
  'validity_value',
  'validity_type',
  'parameters',
  'created_at',
  'canceled_at',
  'revoked_at',
  'revoked_by',
  'revocation_effective_from',
] as const;

interface Row {
  readonly account_id: string;
  readonly region: string;
  readonly name: string;
  readonly version: string;
  readonly platform_id: string;
  readonly status: string;
  readonly status_reason: string | null;
  readonly validity_value: number;
  readonly validity_type: string;
  readonly parameters: string;
  readonly created_at: number;
  readonly canceled_at: number | null;
  readonly revoked_at: number | null;
  readonly revoked_by: string | null;
  readonly revocation_effective_from: number | null;
}

type NewRow = Omit<Row, 'revoked_at' | 'revoked_by' | 'revocation_effective_from'>;

interface Name {
  accountId: string;
  region: string;
  name: string;
}

interface ListKey {
  accountId: string;
  region: string;
  status: string;
  platformId: string;
  name: string;
  version: string;
  limit: number;
}

export function makeSigningProfiles(db: Builder): SigningProfiles {
  const find = prepare((p: Name) =>
    db
      .selectFrom('signing_profiles')
      .select(columns)
      .where('account_id', '=', p.accountId)
      .where('region', '=', p.region)
      .where('name', '=', p.name)
      .where('status', '!=', DELETED)
      .orderBy('ordinal', 'desc')
      .limit(1),
  );
  const canceled = prepare((p: { before: number; limit: number }) =>
    db
      .selectFrom('signing_profiles')
      .select(columns)
      .where('status', '=', 'Canceled')
      .where('canceled_at', '<', p.before)
      .limit(p.limit),
  );
  const findVersion = prepare((p: Name & { version: string }) =>
    db
      .selectFrom('signing_profiles')
      .select(columns)
      .where('account_id', '=', p.accountId)
      .where('region', '=', p.region)
      .where('name', '=', p.name)
      .where('version', '=', p.version),
  );
  const newest = prepare((p: Name) =>
    db
      .selectFrom('signing_profiles')
      .select('ordinal')
      .where('account_id', '=', p.accountId)
      .where('region', '=', p.region)
      .where('name', '=', p.name)
      .orderBy('ordinal', 'desc')
      .limit(1),
  );
  const insert = prepare((p: NewRow & { readonly ordinal: number }) =>
    db.insertInto('signing_profiles').values({
      account_id: p.account_id,
      region: p.region,
      name: p.name,
      version: p.version,
      ordinal: p.ordinal,
      platform_id: p.platform_id,
      status: p.status,
      status_reason: p.status_reason,
      validity_value: p.validity_value,
      validity_type: p.validity_type,
      parameters: p.parameters,
      created_at: p.created_at,
      canceled_at: p.canceled_at,
    }),
  );
  const update = prepare(
    (p: Name & { version: string; status: string; reason: string | null; canceledAt: number | null }) =>
      db
        .updateTable('signing_profiles')
        .set({ status: p.status, status_reason: p.reason, canceled_at: p.canceledAt })
        .where('account_id', '=', p.accountId)
        .where('region', '=', p.region)
        .where('name', '=', p.name)
        .where('version', '=', p.version),
  );
  const revoke = prepare(
    (p: Name & { version: string; reason: string; at: number; by: string; from: number }) =>
      db
        .updateTable('signing_profiles')
        .set({
          status: 'Revoked',
          status_reason: p.reason,
          revoked_at: p.at,
          revoked_by: p.by,
          revocation_effective_from: p.from,
        })
        .where('account_id', '=', p.accountId)
        .where('region', '=', p.region)
        .where('name', '=', p.name)
        .where('version', '=', p.version),
  );
  const list = (ofPlatform: boolean): Prepared<ListKey, Row> =>
    prepare((p: ListKey) =>
      db
        .selectFrom('signing_profiles')
        .select(columns)
        .where('account_id', '=', p.accountId)
        .where('region', '=', p.region)
        .where('status', '=', p.status)
        .$if(ofPlatform, (query) => query.where('platform_id', '=', p.platformId))
        .where((eb) => eb(eb.refTuple('name', 'version'), '>', eb.tuple(p.name, p.version)))
        .orderBy('name')
        .orderBy('version')
        .limit(p.limit),
    );
  async function setStatus(tx: Tx, profile: SigningProfile, status: string): Promise<void> {
    await update.run(tx, {
      accountId: profile.owner.accountId,
      region: profile.owner.region,
      name: profile.name,
      version: profile.version,
      status,
      reason: profile.statusReason ?? null,
      canceledAt: profile.canceledAt ?? null,
    });
  }
  const lists = { anyPlatform: list(false), ofPlatform: list(true) };

  return {
    async find(on, { accountId, region }, name) {
      const row = await find.first(on, { accountId, region, name });
      return row && profileOf(row);
    },
    async findVersion(on, { accountId, region }, name, version) {
      const row = await findVersion.first(on, { accountId, region, name, version });
      return row && profileOf(row);
    },
    async canceledBefore(on, before, limit) {
      return (await canceled.all(on, { before, limit })).map(profileOf);
    },
    async list(on, { accountId, region }, { statuses, platformId, after, limit }) {
      const query = platformId === undefined ? lists.anyPlatform : lists.ofPlatform;
      const key = { accountId, region, platformId: platformId ?? '', limit: limit + 1 };
      const { name, version } = after ?? { name: '', version: '' };
      // One walk for each status, merged: a single query would have to sort.
      const found: SigningProfile[] = [];
      for (const status of new Set(statuses))
        found.push(...(await query.all(on, { ...key, status, name, version })).map(profileOf));
      found.sort((a, b) => compare(a.name, b.name) || compare(a.version, b.version));
      return pageOf<SigningProfile, ProfileKey>(found, limit, ({ name, version }) => ({ name, version }));
    },
    async insert(tx, profile) {
      const { accountId, region } = profile.owner;
      const before = await newest.first(tx, { accountId, region, name: profile.name });
      await insert.run(tx, {
        account_id: accountId,
        region,
        name: profile.name,
        version: profile.version,
        ordinal: (before?.ordinal ?? 0) + 1,
        platform_id: profile.platformId,
        status: profile.status,
        status_reason: profile.statusReason ?? null,
        validity_value: profile.validity.value,
        validity_type: profile.validity.type,
        parameters: JSON.stringify(profile.parameters),
        created_at: profile.createdAt,
        canceled_at: profile.canceledAt ?? null,
      });
    },
    update: (tx, profile) => setStatus(tx, profile, profile.status),
    async revoke(tx, { owner, name, version }, { reason, revokedAt, revokedBy, effectiveFrom }) {
      const { accountId, region } = owner;
      const facts = { reason, at: revokedAt, by: revokedBy, from: effectiveFrom };
      await revoke.run(tx, { accountId, region, name, version, ...facts });
    },
    delete: (tx, profile) => setStatus(tx, profile, DELETED),
  };
}

// Names and versions are ASCII: UTF-16 order is byte order.
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function profileOf(row: Row): SigningProfile {
  return {
    owner: { accountId: row.account_id, region: row.region },
    name: row.name,
    version: row.version,
    platformId: row.platform_id,
    status: row.status === DELETED ? 'Canceled' : (row.status as ProfileStatus),
    ...(row.status === DELETED ? { isDeleted: true } : {}),
    ...(row.status_reason === null ? {} : { statusReason: row.status_reason }),
    validity: { value: row.validity_value, type: row.validity_type as ValidityPeriod['type'] },
    parameters: JSON.parse(row.parameters) as Record<string, string>,
    createdAt: row.created_at,
    ...(row.canceled_at === null ? {} : { canceledAt: row.canceled_at }),
    ...(row.revoked_at === null ? {} : { revocation: revocationOf(row, row.revoked_at) }),
  };
}

function revocationOf(row: Row, revokedAt: number): ProfileRevocation {
  return {
    revokedAt,
    revokedBy: row.revoked_by ?? '',
    reason: row.status_reason ?? '',
    effectiveFrom: row.revocation_effective_from ?? revokedAt,
  };
}
