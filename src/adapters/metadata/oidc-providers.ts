// Issuers of identity tokens that accounts trust.
import type { OidcProviders } from '../../domain/access/ports.ts';
import type { OidcProvider, Tags } from '../../domain/access/types.ts';
import { type Builder, picked, prepare } from './prepared.ts';

const columns = ['account_id', 'name', 'issuer', 'client_ids', 'thumbprints', 'tags', 'created_at'] as const;

interface Row {
  readonly account_id: string;
  readonly name: string;
  readonly issuer: string;
  readonly client_ids: string;
  readonly thumbprints: string;
  readonly tags: string;
  readonly created_at: number;
}

export function makeOidcProviders(db: Builder): OidcProviders {
  const find = prepare((p: { accountId: string; name: string }) =>
    db
      .selectFrom('oidc_providers')
      .select(columns)
      .where('account_id', '=', p.accountId)
      .where('name', '=', p.name),
  );
  const list = prepare((p: { accountId: string }) =>
    db.selectFrom('oidc_providers').select(columns).where('account_id', '=', p.accountId).orderBy('name'),
  );
  const insert = prepare((p: Row) =>
    db
      .insertInto('oidc_providers')
      .values(picked(p, columns))
      .onConflict((conflict) => conflict.columns(['account_id', 'name']).doNothing()),
  );
  const remove = prepare((p: { accountId: string; name: string }) =>
    db.deleteFrom('oidc_providers').where('account_id', '=', p.accountId).where('name', '=', p.name),
  );

  return {
    async find(on, accountId, name) {
      const row = await find.first(on, { accountId, name });
      return row && providerOf(row);
    },
    list: async (on, accountId) => (await list.all(on, { accountId })).map(providerOf),
    insert: async (tx, provider) =>
      (await insert.run(tx, {
        account_id: provider.accountId,
        name: provider.name,
        issuer: provider.issuer,
        client_ids: JSON.stringify(provider.clientIds),
        thumbprints: JSON.stringify(provider.thumbprints),
        tags: JSON.stringify(provider.tags),
        created_at: provider.createdAt,
      })) > 0,
    delete: async (tx, accountId, name) => (await remove.run(tx, { accountId, name })) > 0,
  };
}

function providerOf(row: Row): OidcProvider {
  return {
    accountId: row.account_id,
    name: row.name,
    issuer: row.issuer,
    clientIds: JSON.parse(row.client_ids) as string[],
    thumbprints: JSON.parse(row.thumbprints) as string[],
    tags: JSON.parse(row.tags) as Tags,
    createdAt: row.created_at,
  };
}
