// Names in policies that the migration to unique ids found nobody for, with the policy as it is now.
import type { UnboundPrincipals } from '../../domain/access/ports.ts';
import { type Builder, prepare } from './prepared.ts';

export function makeUnboundPrincipals(db: Builder): UnboundPrincipals {
  const list = prepare((p: { after: string; limit: number }) =>
    db
      .selectFrom('unbound_principals as unbound')
      .leftJoin('identities as role', 'role.id', 'unbound.policy_of')
      .leftJoin('resource_policies as policy', 'policy.resource_arn', 'unbound.policy_of')
      .select(['unbound.policy_of', 'unbound.principal', 'role.trust_policy', 'policy.document'])
      .where('unbound.policy_of', '>', p.after)
      .orderBy('unbound.policy_of')
      .orderBy('unbound.principal')
      .limit(p.limit),
  );

  return {
    async list(on, { after = '', limit }) {
      const rows = await list.all(on, { after, limit });
      return rows.map(({ policy_of, principal, trust_policy, document }) => ({
        policyOf: policy_of,
        principal,
        document: trust_policy ?? document ?? undefined,
      }));
    },
  };
}
