// Which identities have which managed policies, and how often a policy is used.
import type { Attachments } from '../../domain/access/ports.ts';
import { policyColumns, policyOf } from './managed-policies.ts';
import { type Builder, prepare } from './prepared.ts';

const columns = policyColumns.map((column) => `managed_policies.${column}` as const);

export function makeAttachments(db: Builder): Attachments {
  const ofIdentity = prepare((p: { identityId: string }) =>
    db
      .selectFrom('policy_attachments')
      .innerJoin('managed_policies', 'managed_policies.id', 'policy_attachments.policy_id')
      .select(columns)
      .where('policy_attachments.identity_id', '=', p.identityId)
      .orderBy('policy_attachments.policy_id'),
  );
  const attached = prepare((p: { accountId: string; policyId: string }) =>
    db
      .selectFrom('policy_attachments')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('policy_id', '=', p.policyId)
      .where('account_id', '=', p.accountId),
  );
  const boundaries = prepare((p: { accountId: string; policyId: string }) =>
    db
      .selectFrom('identities')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('boundary_policy_id', '=', p.policyId)
      .where('account_id', '=', p.accountId),
  );
  const add = prepare((p: { identityId: string; policyId: string; accountId: string }) =>
    db
      .insertInto('policy_attachments')
      .values({ identity_id: p.identityId, policy_id: p.policyId, account_id: p.accountId })
      .onConflict((conflict) => conflict.columns(['identity_id', 'policy_id']).doNothing()),
  );
  const remove = prepare((p: { identityId: string; policyId: string }) =>
    db
      .deleteFrom('policy_attachments')
      .where('identity_id', '=', p.identityId)
      .where('policy_id', '=', p.policyId),
  );

  return {
    async ofIdentity(on, identityId) {
      const policies = (await ofIdentity.all(on, { identityId })).map(policyOf);
      return policies.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async usage(on, accountId, policyId) {
      return {
        attached: (await attached.first(on, { accountId, policyId }))?.count ?? 0,
        boundaries: (await boundaries.first(on, { accountId, policyId }))?.count ?? 0,
      };
    },
    async add(tx, identity, policyId) {
      await add.run(tx, { identityId: identity.id, policyId, accountId: identity.accountId });
    },
    remove: async (tx, identityId, policyId) => (await remove.run(tx, { identityId, policyId })) > 0,
  };
}
