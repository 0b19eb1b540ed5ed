// Certificates with their sealed keys. Keys come and go sealed: nothing here can open one.
import type { Authorities } from '../../domain/signing/ports.ts';
import { type Builder, prepare } from './prepared.ts';

const columns = [
  'account_id',
  'scope',
  'certificate_der',
  'key_id',
  'key_kind',
  'key_sealed',
  'key_public',
  'created_at',
] as const;

export function makeAuthorities(db: Builder): Authorities {
  const find = prepare((p: { accountId: string; scope: string }) =>
    db
      .selectFrom('authorities')
      .select(columns)
      .where('account_id', '=', p.accountId)
      .where('scope', '=', p.scope),
  );
  const insert = prepare(
    (p: {
      accountId: string;
      scope: string;
      certificateDer: Uint8Array;
      keyId: string;
      keyKind: string;
      keySealed: Uint8Array;
      keyPublic: Uint8Array;
      createdAt: number;
    }) =>
      db
        .insertInto('authorities')
        .values({
          account_id: p.accountId,
          scope: p.scope,
          certificate_der: p.certificateDer,
          key_id: p.keyId,
          key_kind: p.keyKind,
          key_sealed: p.keySealed,
          key_public: p.keyPublic,
          created_at: p.createdAt,
        })
        .onConflict((conflict) => conflict.columns(['account_id', 'scope']).doNothing()),
  );

  return {
    async find(on, accountId, scope) {
      const row = await find.first(on, { accountId, scope });
      return (
        row && {
          scope: row.scope,
          accountId: row.account_id,
          certificateDer: row.certificate_der,
          keyId: row.key_id,
          keyKind: row.key_kind,
          keySealed: row.key_sealed,
          keyPublic: row.key_public,
          createdAt: row.created_at,
        }
      );
    },
    async insert(tx, authority) {
      return (await insert.run(tx, authority)) > 0;
    },
  };
}
