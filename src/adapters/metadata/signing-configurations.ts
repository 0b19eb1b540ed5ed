// A registry's signing rules, as they were put.
import type { SigningConfigurations } from '../../domain/signing/ports.ts';
import type { SigningConfiguration } from '../../domain/signing/types.ts';
import { type Builder, prepare } from './prepared.ts';

export function makeSigningConfigurations(db: Builder): SigningConfigurations {
  const find = prepare((p: { accountId: string; region: string }) =>
    db
      .selectFrom('signing_configurations')
      .select('rules')
      .where('account_id', '=', p.accountId)
      .where('region', '=', p.region),
  );
  const put = prepare((p: { accountId: string; region: string; rules: string; at: number }) =>
    db
      .insertInto('signing_configurations')
      .values({ account_id: p.accountId, region: p.region, rules: p.rules, updated_at: p.at })
      .onConflict((conflict) =>
        conflict.columns(['account_id', 'region']).doUpdateSet((eb) => ({
          rules: eb.ref('excluded.rules'),
          updated_at: eb.ref('excluded.updated_at'),
        })),
      ),
  );
  const remove = prepare((p: { accountId: string; region: string }) =>
    db
      .deleteFrom('signing_configurations')
      .where('account_id', '=', p.accountId)
      .where('region', '=', p.region),
  );

  return {
    async find(on, { accountId, region }) {
      const row = await find.first(on, { accountId, region });
      return row && { rules: JSON.parse(row.rules) as SigningConfiguration['rules'] };
    },
    async put(tx, { accountId, region }, { rules }, at) {
      await put.run(tx, { accountId, region, rules: JSON.stringify(rules), at });
    },
    async delete(tx, { accountId, region }) {
      return (await remove.run(tx, { accountId, region })) > 0;
    },
  };
}
