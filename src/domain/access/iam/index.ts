// IAM as its surface sees it: one part for each kind of thing. Every function throws DomainError; who may call
// what was decided before.

import { iamArn } from '../../../shared/arn.ts';
import type { ResourceArea } from '../authorizer.ts';
import type { PolicyLookup } from '../principal-policies.ts';
import { type AccessKeysDoor, makeAccessKeys } from './access-keys.ts';
import { type AccountsDoor, makeAccounts } from './accounts.ts';
import { type AttachmentsDoor, makeAttachments } from './attachments.ts';
import { ensureAwsPolicies } from './aws-policies.ts';
import type { IamDeps } from './deps.ts';
import { type GroupsDoor, makeGroups } from './groups.ts';
import { type IdentityTagsDoor, makeIdentityTags } from './identity-tags.ts';
import { type InlinePoliciesDoor, makeInlinePolicies } from './inline-policies.ts';
import { AWS_ACCOUNT, type IdentityName, identityArn, policyArn } from './lookup.ts';
import { type ManagedPoliciesDoor, makeManagedPolicies } from './managed-policies.ts';
import { makeOidcProviders, type OidcProvidersDoor } from './oidc-providers.ts';
import { makeResourceArea } from './resource-area.ts';
import { makeRoles, type RolesDoor } from './roles.ts';
import { makeSimulate, type Simulate } from './simulate.ts';
import { makeListUnboundPrincipals, type UnboundPrincipal } from './unbound-principals.ts';
import { makeUsers, type UsersDoor } from './users.ts';

export interface Iam {
  readonly accounts: AccountsDoor;
  readonly users: UsersDoor;
  readonly groups: GroupsDoor;
  readonly roles: RolesDoor;
  readonly accessKeys: AccessKeysDoor;
  readonly inlinePolicies: InlinePoliciesDoor;
  readonly policies: ManagedPoliciesDoor;
  readonly attachments: AttachmentsDoor;
  readonly tags: IdentityTagsDoor;
  readonly oidcProviders: OidcProvidersDoor;
  readonly simulate: Simulate;
  /** Its ARN, with its path when there is such an identity. */
  arnOf(name: IdentityName): Promise<string>;
  /** ARN of the boundary that it has. */
  boundaryOf(name: IdentityName<'user' | 'role'>): Promise<string | undefined>;
  readonly resourceArea: ResourceArea;
  /** Names in policies that are nobody since the migration to unique ids; the first thousand. */
  unboundPrincipals(): Promise<readonly UnboundPrincipal[]>;
  /** Makes the policies that every account finds ready. */
  ensureAwsPolicies(): Promise<void>;
  /** The ARN as the policy has it, when it is one that the account may use; else the same text. */
  policyArnOf(accountId: string, arn: string): Promise<string>;
}

export interface IamOptions {
  readonly policies: PolicyLookup;
  /** Whether an identity provider may be one on this machine, over http. */
  readonly allowLoopbackIssuers: boolean;
}

export function makeIam(deps: IamDeps & IamOptions): Iam {
  return {
    accounts: makeAccounts(deps),
    users: makeUsers(deps),
    groups: makeGroups(deps),
    roles: makeRoles(deps),
    accessKeys: makeAccessKeys(deps),
    inlinePolicies: makeInlinePolicies(deps),
    policies: makeManagedPolicies(deps),
    attachments: makeAttachments(deps),
    tags: makeIdentityTags(deps),
    oidcProviders: makeOidcProviders(deps),
    simulate: makeSimulate(deps),
    async boundaryOf({ accountId, kind, name }) {
      const found = await deps.identities.find(deps.storage.reader, accountId, kind, name);
      if (found?.boundaryPolicyId === undefined) return undefined;
      const policy = await deps.managedPolicies.findById(deps.storage.reader, found.boundaryPolicyId);
      return policy && policyArn(policy);
    },
    resourceArea: makeResourceArea(deps),
    unboundPrincipals: makeListUnboundPrincipals(deps),
    ensureAwsPolicies: () => ensureAwsPolicies(deps),
    async policyArnOf(accountId, arn) {
      const name = arn.slice(arn.lastIndexOf('/') + 1);
      const owner = arn.startsWith(`arn:aws:iam::${AWS_ACCOUNT}:`) ? AWS_ACCOUNT : accountId;
      const found = await deps.managedPolicies.find(deps.storage.reader, owner, name);
      const own = found === undefined ? undefined : policyArn(found);
      // Names know no case, patterns of policies do.
      return own?.toLowerCase() === arn.toLowerCase() ? own : arn;
    },
    async arnOf({ accountId, kind, name }) {
      const found = await deps.identities.find(deps.storage.reader, accountId, kind, name);
      return found === undefined ? iamArn(accountId, kind, '/', name) : identityArn(found);
    },
  };
}

export type { KeyOwner } from './access-keys.ts';
export type { IamDeps } from './deps.ts';
export { type IdentityName, identityArn, policyArn } from './lookup.ts';
export type { UsedPolicy } from './managed-policies.ts';
export type { Simulation, SimulationResult } from './simulate.ts';
export type { Tag } from './tags.ts';
