// What a verifier needs to trust an account's signatures: the root certificate and a trust policy for it. All of
// it is public.
import { type Locality, leafSubject, toPem, trustedIdentity } from '../pki/index.ts';
import type { AuthorityStore } from './authority.ts';
import { writeTrustPolicy } from './notary/index.ts';
import type { TrustDoor } from './signing.ts';

export function makeTrust(deps: {
  readonly authority: AuthorityStore;
  readonly locality: Locality;
}): TrustDoor {
  const { authority, locality } = deps;
  return {
    async ensureRoot(accountId) {
      await authority.ensureRoot(accountId);
    },
    async rootPem(accountId) {
      const root = await authority.findRoot(accountId);
      return root && toPem(root.certificateDer);
    },
    async policy(accountId) {
      const root = await authority.findRoot(accountId);
      return root && writeTrustPolicy([accountStatement(accountId, locality)]);
    },
  };
}

/** Name of the trust store in which a verifier keeps an account's root. */
export function trustStoreName(accountId: string): string {
  return `sealport-${accountId}`;
}

/** Every profile of the account may sign for every repository that the verifier looks at. */
function accountStatement(accountId: string, locality: Locality) {
  // The profile's name is in OU; without it the identity fits all of the account's profiles.
  const { organizationalUnit: _, ...subject } = leafSubject(accountId, 'any', locality);
  return {
    name: trustStoreName(accountId),
    registryScopes: ['*'],
    trustStore: trustStoreName(accountId),
    trustedIdentities: [trustedIdentity(subject)],
  };
}
