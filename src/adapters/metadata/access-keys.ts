// Access keys of users and of accounts' roots. Secrets come and go sealed: nothing here can open one.
import type { AccessKeys } from '../../domain/access/ports.ts';
import type { AccessKeyRecord, AccessKeyStatus } from '../../domain/access/types.ts';
import { type Builder, picked, prepare } from './prepared.ts';

const columns = [
  'id',
  'account_id',
  'owner_id',
  'status',
  'secret_sealed',
  'last_used_at',
  'last_used_service',
  'last_used_region',
  'created_at',
] as const;

interface Row {
  readonly id: string;
  readonly account_id: string;
  readonly owner_id: string;
  readonly status: string;
  readonly secret_sealed: Uint8Array;
  readonly last_used_at: number | null;
  readonly last_used_service: string | null;
  readonly last_used_region: string | null;
  readonly created_at: number;
}

export function makeAccessKeys(db: Builder): AccessKeys {
  const find = prepare((p: { id: string }) =>
    db.selectFrom('access_keys').select(columns).where('id', '=', p.id),
  );
  const ofOwner = prepare((p: { ownerId: string }) =>
    db.selectFrom('access_keys').select(columns).where('owner_id', '=', p.ownerId).orderBy('id'),
  );
  const insert = prepare((p: Row) => db.insertInto('access_keys').values(picked(p, columns)));
  const setStatus = prepare((p: { id: string; status: string }) =>
    db.updateTable('access_keys').set({ status: p.status }).where('id', '=', p.id),
  );
  const touch = prepare((p: { id: string; at: number; service: string; region: string }) =>
    db
      .updateTable('access_keys')
      .set({ last_used_at: p.at, last_used_service: p.service, last_used_region: p.region })
      .where('id', '=', p.id),
  );
  const remove = prepare((p: { id: string }) => db.deleteFrom('access_keys').where('id', '=', p.id));

  return {
    async find(on, id) {
      const row = await find.first(on, { id });
      return row && recordOf(row);
    },
    ofOwner: async (on, ownerId) => (await ofOwner.all(on, { ownerId })).map(recordOf),
    async insert(tx, key) {
      await insert.run(tx, {
        id: key.id,
        account_id: key.accountId,
        owner_id: key.ownerId,
        status: key.status,
        secret_sealed: key.sealedSecret,
        last_used_at: key.lastUsed?.at ?? null,
        last_used_service: key.lastUsed?.service ?? null,
        last_used_region: key.lastUsed?.region ?? null,
        created_at: key.createdAt,
      });
    },
    async setStatus(tx, id, status) {
      await setStatus.run(tx, { id, status });
    },
    async touch(tx, id, use) {
      await touch.run(tx, { id, ...use });
    },
    async delete(tx, id) {
      await remove.run(tx, { id });
    },
  };
}

function recordOf(row: Row): AccessKeyRecord {
  return {
    id: row.id,
    accountId: row.account_id,
    ownerId: row.owner_id,
    status: row.status as AccessKeyStatus,
    sealedSecret: row.secret_sealed,
    createdAt: row.created_at,
    ...(row.last_used_at === null
      ? {}
      : {
          lastUsed: {
            at: row.last_used_at,
            service: row.last_used_service ?? '',
            region: row.last_used_region ?? '',
          },
        }),
  };
}
