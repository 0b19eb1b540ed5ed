// Policies that live in one user, group or role.
import type { Page } from '../../storage.ts';
import { LIMITS, policySize } from '../limits.ts';
import { compilePolicy } from '../policy/index.ts';
import type { InlinePolicy } from '../types.ts';
import { change, type IamDeps } from './deps.ts';
import { findIdentity, type IdentityName, pageAfter } from './lookup.ts';
import { noSuchInlinePolicy, quotaExceeded } from './refusals.ts';

export interface InlinePoliciesDoor {
  /** Makes or replaces. Throws NoSuchEntity, MalformedPolicy, LimitExceeded. */
  put(identity: IdentityName, name: string, document: string): Promise<void>;
  /** Throws NoSuchEntity. */
  get(identity: IdentityName, name: string): Promise<InlinePolicy>;
  /** Names, in byte order. Throws NoSuchEntity. */
  list(
    identity: IdentityName,
    query: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<Page<string, string>>;
  /** Throws NoSuchEntity. */
  delete(identity: IdentityName, name: string): Promise<void>;
}

const QUOTA = {
  user: 'InlinePolicySizePerUser',
  group: 'InlinePolicySizePerGroup',
  role: 'InlinePolicySizePerRole',
};

export function makeInlinePolicies(deps: IamDeps): InlinePoliciesDoor {
  const { inlinePolicies, storage } = deps;
  return {
    put: (identity, name, document) =>
      change(deps, async (tx) => {
        const { id, kind } = await findIdentity(deps, tx, identity);
        const others = (await inlinePolicies.list(tx, id)).filter((policy) => policy.name !== name);
        const size = others.reduce((sum, policy) => sum + policySize(policy.document), policySize(document));
        const limit = LIMITS.inlinePolicies[kind];
        if (size > limit) throw quotaExceeded(QUOTA[kind], limit);
        compilePolicy(document, 'identity');
        await inlinePolicies.put(tx, id, { name, document });
      }),
    async get(identity, name) {
      const { id } = await findIdentity(deps, storage.reader, identity);
      const found = (await inlinePolicies.list(storage.reader, id)).find((policy) => policy.name === name);
      if (found === undefined) throw noSuchInlinePolicy(identity.kind, name);
      return found;
    },
    async list(identity, query) {
      const { id } = await findIdentity(deps, storage.reader, identity);
      const names = (await inlinePolicies.list(storage.reader, id)).map(({ name }) => name);
      return pageAfter(names, (name) => name, query);
    },
    delete: (identity, name) =>
      change(deps, async (tx) => {
        const { id } = await findIdentity(deps, tx, identity);
        if (!(await inlinePolicies.delete(tx, id, name))) throw noSuchInlinePolicy(identity.kind, name);
      }),
  };
}
