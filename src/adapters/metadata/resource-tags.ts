// Tags of AWS resources, by ARN.
import type { ResourceTags } from '../../domain/registry/ports.ts';
import { type Builder, prepare } from './prepared.ts';

export function makeResourceTags(db: Builder): ResourceTags {
  const list = prepare((p: { arn: string }) =>
    db.selectFrom('resource_tags').select(['key', 'value']).where('resource_arn', '=', p.arn).orderBy('key'),
  );
  const put = prepare((p: { arn: string; key: string; value: string }) =>
    db
      .insertInto('resource_tags')
      .values({ resource_arn: p.arn, key: p.key, value: p.value })
      .onConflict((conflict) =>
        conflict.columns(['resource_arn', 'key']).doUpdateSet((eb) => ({ value: eb.ref('excluded.value') })),
      ),
  );
  const remove = prepare((p: { arn: string; key: string }) =>
    db.deleteFrom('resource_tags').where('resource_arn', '=', p.arn).where('key', '=', p.key),
  );
  const removeAll = prepare((p: { arn: string }) =>
    db.deleteFrom('resource_tags').where('resource_arn', '=', p.arn),
  );

  return {
    async list(on, arn) {
      const rows = await list.all(on, { arn });
      return Object.fromEntries(rows.map(({ key, value }) => [key, value]));
    },
    async put(tx, arn, tags) {
      for (const [key, value] of Object.entries(tags)) await put.run(tx, { arn, key, value });
    },
    async delete(tx, arn, keys) {
      if (keys === 'all') await removeAll.run(tx, { arn });
      else for (const key of keys) await remove.run(tx, { arn, key });
    },
  };
}
