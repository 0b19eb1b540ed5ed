// Identities and policies as resources: what policies may ask of the one that a call is about.
import type { ResourceArea } from '../authorizer.ts';
import type { Tags } from '../types.ts';
import type { IamDeps } from './deps.ts';

const NAMED = /^(user|role|policy|oidc-provider)\/(.+)$/;

export function makeResourceArea(
  deps: Pick<IamDeps, 'storage' | 'identities' | 'managedPolicies' | 'oidcProviders'>,
): ResourceArea {
  const { reader } = deps.storage;
  return {
    facts: async () => ({ policies: [] }),
    async tags({ registry: { accountId }, resource }): Promise<Tags> {
      const [, kind, rest = ''] = NAMED.exec(resource) ?? [];
      const name = rest.slice(rest.lastIndexOf('/') + 1);
      switch (kind) {
        case 'user':
        case 'role':
          return (await deps.identities.find(reader, accountId, kind, name))?.tags ?? {};
        case 'policy':
          return (await deps.managedPolicies.find(reader, accountId, name))?.tags ?? {};
        case 'oidc-provider':
          return (await deps.oidcProviders.find(reader, accountId, rest))?.tags ?? {};
        default:
          return {};
      }
    },
  };
}
