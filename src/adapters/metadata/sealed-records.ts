// Everything that is sealed under the master key, for when that changes. Bytes go through; nothing here can open them.
import type { SealedRecords } from '../../domain/pki/index.ts';
import { type Builder, pageOf, prepare } from './prepared.ts';

/** A certificate's place: the account and what it is for. */
export interface AuthorityKey {
  readonly accountId: string;
  readonly scope: string;
}

/** By what they hold. A further kind of sealed records belongs here, and into compose-keys.ts. */
export interface SealedStores {
  readonly authorities: SealedRecords<AuthorityKey>;
  readonly accessKeys: SealedRecords<string>;
  readonly sessions: SealedRecords<string>;
}

export function makeSealedStores(db: Builder): SealedStores {
  return {
    authorities: makeAuthorityKeys(db),
    accessKeys: makeSecrets(db, 'access_keys'),
    sessions: makeSecrets(db, 'sessions'),
  };
}

function makeAuthorityKeys(db: Builder): SealedRecords<AuthorityKey> {
  const list = prepare((p: { accountId: string; scope: string; limit: number }) =>
    db
      .selectFrom('authorities')
      .select(['account_id', 'scope', 'key_id', 'key_sealed'])
      .where((eb) => eb(eb.refTuple('account_id', 'scope'), '>', eb.tuple(p.accountId, p.scope)))
      .orderBy('account_id')
      .orderBy('scope')
      .limit(p.limit),
  );
  const replace = prepare((p: AuthorityKey & { before: Uint8Array; sealed: Uint8Array }) =>
    db
      .updateTable('authorities')
      .set({ key_sealed: p.sealed })
      .where('account_id', '=', p.accountId)
      .where('scope', '=', p.scope)
      .where('key_sealed', '=', p.before),
  );
  return {
    async list(on, { after, limit }) {
      const rows = await list.all(on, {
        accountId: after?.accountId ?? '',
        scope: after?.scope ?? '',
        limit: limit + 1,
      });
      const records = rows.map((row) => ({
        key: { accountId: row.account_id, scope: row.scope },
        identity: row.key_id,
        sealed: row.key_sealed,
      }));
      return pageOf(records, limit, ({ key }) => key);
    },
    replace: async (tx, { key, sealed: before }, sealed) =>
      (await replace.run(tx, { ...key, before, sealed })) > 0,
  };
}

function makeSecrets(db: Builder, table: 'access_keys' | 'sessions'): SealedRecords<string> {
  const list = prepare((p: { after: string; limit: number }) =>
    db
      .selectFrom(table)
      .select(['id', 'secret_sealed'])
      .where('id', '>', p.after)
      .orderBy('id')
      .limit(p.limit),
  );
  const replace = prepare((p: { id: string; before: Uint8Array; sealed: Uint8Array }) =>
    db
      .updateTable(table)
      .set({ secret_sealed: p.sealed })
      .where('id', '=', p.id)
      .where('secret_sealed', '=', p.before),
  );
  return {
    async list(on, { after = '', limit }) {
      const rows = await list.all(on, { after, limit: limit + 1 });
      const records = rows.map(({ id, secret_sealed: sealed }) => ({ key: id, identity: id, sealed }));
      return pageOf(records, limit, ({ key }) => key);
    },
    replace: async (tx, { key: id, sealed: before }, sealed) =>
      (await replace.run(tx, { id, before, sealed })) > 0,
  };
}
