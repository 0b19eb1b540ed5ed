// What the migration to unique ids has left: policies that name users or roles which did not exist then. These names are
// nobody, whoever has them now, until the policy is put again.
import { awsPrincipalsOf } from '../../../shared/policy-principals.ts';
import type { Storage } from '../../storage.ts';
import type { Identities, UnboundPrincipals } from '../ports.ts';
import { identityArn } from './lookup.ts';

export interface UnboundPrincipal {
  /** ARN of the role, whose trust policy it is, or of the resource. */
  readonly policyOf: string;
  /** The ARN that is nobody. */
  readonly principal: string;
}

/** Names that are looked at. */
const MOST = 1000;

export function makeListUnboundPrincipals(deps: {
  readonly storage: Storage;
  readonly identities: Identities;
  readonly unboundPrincipals: UnboundPrincipals;
}): () => Promise<readonly UnboundPrincipal[]> {
  const { reader } = deps.storage;
  return async () => {
    const unbound: UnboundPrincipal[] = [];
    for (const { policyOf, principal, document } of await deps.unboundPrincipals.list(reader, {
      limit: MOST,
    })) {
      // A policy that was put again since names identities.
      if (document === undefined || !awsPrincipalsOf(document).includes(principal)) continue;
      const role = await deps.identities.findById(reader, policyOf);
      unbound.push({ policyOf: role === undefined ? policyOf : identityArn(role), principal });
    }
    return unbound;
  };
}
