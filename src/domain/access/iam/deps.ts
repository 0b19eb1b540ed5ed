// What the parts of IAM share: the stores, the clock, and the one way to change something.
import type { Clock } from '../../../shared/clock.ts';
import type { Storage, Tx } from '../../storage.ts';
import type { AccessCaches } from '../caches.ts';
import type {
  AccessKeys,
  Accounts,
  Attachments,
  Identities,
  InlinePolicies,
  ManagedPolicies,
  Memberships,
  OidcProviders,
  PolicyVersions,
  SecretBox,
  UnboundPrincipals,
} from '../ports.ts';

export interface IamDeps {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly caches: AccessCaches;
  readonly secrets: SecretBox;
  readonly accounts: Accounts;
  readonly identities: Identities;
  readonly memberships: Memberships;
  readonly accessKeys: AccessKeys;
  readonly inlinePolicies: InlinePolicies;
  readonly managedPolicies: ManagedPolicies;
  readonly policyVersions: PolicyVersions;
  readonly attachments: Attachments;
  readonly oidcProviders: OidcProviders;
  readonly unboundPrincipals: UnboundPrincipals;
}

/** Runs a change in a transaction; what is kept in memory is forgotten when it is durable. */
export function change<T>(
  { storage, caches }: Pick<IamDeps, 'storage' | 'caches'>,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  return storage.write(async (tx) => {
    const result = await work(tx);
    caches.changed(tx);
    return result;
  });
}
