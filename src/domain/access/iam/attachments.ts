// Managed policies on identities: as rights, and as boundaries that limit rights.

import { DomainError } from '../../errors.ts';
import type { Page } from '../../storage.ts';
import { LIMITS } from '../limits.ts';
import type { ManagedPolicy } from '../types.ts';
import { change, type IamDeps } from './deps.ts';
import { findIdentity, findPolicy, type IdentityName, pageAfter, under } from './lookup.ts';
import { notAttached, quotaExceeded } from './refusals.ts';

export interface AttachmentsDoor {
  /** Twice changes nothing. Throws NoSuchEntity, LimitExceeded, Validation. */
  attach(identity: IdentityName, policyArn: string): Promise<void>;
  /** Throws NoSuchEntity, also when it was not attached. */
  detach(identity: IdentityName, policyArn: string): Promise<void>;
  /** By name. Throws NoSuchEntity. */
  list(
    identity: IdentityName,
    query: {
      readonly pathPrefix?: string | undefined;
      readonly after?: string | undefined;
      readonly limit: number;
    },
  ): Promise<Page<ManagedPolicy, string>>;
  /** Throws NoSuchEntity, Validation. */
  putBoundary(identity: IdentityName<'user' | 'role'>, policyArn: string): Promise<void>;
  /** Throws NoSuchEntity, also when there was none. */
  deleteBoundary(identity: IdentityName<'user' | 'role'>): Promise<void>;
  /** The policy of this id, e.g. a boundary's. */
  policyById(id: string): Promise<ManagedPolicy | undefined>;
}

export function makeAttachments(deps: IamDeps): AttachmentsDoor {
  const { attachments, identities, storage } = deps;
  return {
    attach: (name, policyArn) =>
      change(deps, async (tx) => {
        const identity = await findIdentity(deps, tx, name);
        const policy = await findPolicy(deps, tx, name.accountId, policyArn);
        await attachments.add(tx, identity, policy.id);
        if ((await attachments.ofIdentity(tx, identity.id)).length > LIMITS.attachedPolicies)
          throw quotaExceeded(`PoliciesPer${identity.kind}`, LIMITS.attachedPolicies);
      }),
    detach: (name, policyArn) =>
      change(deps, async (tx) => {
        const identity = await findIdentity(deps, tx, name);
        const policy = await findPolicy(deps, tx, name.accountId, policyArn);
        if (!(await attachments.remove(tx, identity.id, policy.id))) throw notAttached(policyArn);
      }),
    async list(name, query) {
      const { id } = await findIdentity(deps, storage.reader, name);
      const policies = (await attachments.ofIdentity(storage.reader, id)).filter(({ path }) =>
        under(path, query.pathPrefix),
      );
      return pageAfter(policies, (policy) => policy.name, query);
    },
    putBoundary: (name, policyArn) =>
      change(deps, async (tx) => {
        const identity = await findIdentity(deps, tx, name);
        const policy = await findPolicy(deps, tx, name.accountId, policyArn);
        await identities.update(tx, { ...identity, boundaryPolicyId: policy.id });
      }),
    deleteBoundary: (name) =>
      change(deps, async (tx) => {
        const { boundaryPolicyId, ...identity } = await findIdentity(deps, tx, name);
        if (boundaryPolicyId === undefined)
          throw new DomainError(
            'NoSuchEntity',
            `The ${name.kind} ${name.name} does not have a permissions boundary.`,
            {},
          );
        await identities.update(tx, identity);
      }),
    policyById: (id) => deps.managedPolicies.findById(storage.reader, id),
  };
}
