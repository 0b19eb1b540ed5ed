// The policies that speak for a caller: its own, its groups', its boundary and what its session was limited to.
// Compiled once and kept until something of the access area changes.
import { iamArn } from '../../shared/arn.ts';
import type { Reader, Storage } from '../storage.ts';
import type { AccessCaches } from './caches.ts';
import { policyArn } from './iam/lookup.ts';
import { compilePolicy, type NamedPolicy, type PolicyKind } from './policy/index.ts';
import type {
  Attachments,
  Identities,
  InlinePolicies,
  ManagedPolicies,
  Memberships,
  PolicyVersions,
  Sessions,
} from './ports.ts';
import type { Principal } from './principal.ts';
import type { Identity, ManagedPolicy } from './types.ts';

export interface PrincipalPolicies {
  readonly identity: readonly NamedPolicy[];
  readonly boundary?: NamedPolicy;
  /** undefined: the session was limited by nothing. */
  readonly session?: readonly NamedPolicy[];
}

/** What limits an identity as such, and what it may. */
export type IdentityPolicies = Omit<PrincipalPolicies, 'session'>;

export interface PolicyLookup {
  ofPrincipal(principal: Principal): Promise<PrincipalPolicies>;
  /** Of a user, group or role by its id; undefined when there is none. */
  ofIdentity(id: string): Promise<IdentityPolicies | undefined>;
}

export interface PolicyLookupDeps {
  readonly storage: Storage;
  readonly caches: AccessCaches;
  readonly identities: Identities;
  readonly memberships: Memberships;
  readonly inlinePolicies: InlinePolicies;
  readonly managedPolicies: ManagedPolicies;
  readonly policyVersions: PolicyVersions;
  readonly attachments: Attachments;
  readonly sessions: Sessions;
}

/** Identities, and limited sessions, whose compiled policies stay in memory. */
const MAX_IDENTITIES = 2000;
const MAX_SESSIONS = 1000;

const NOTHING: PrincipalPolicies = { identity: [] };

export function makePolicyLookup(deps: PolicyLookupDeps): PolicyLookup {
  const { identities, memberships, inlinePolicies, managedPolicies, policyVersions, attachments } = deps;
  const { reader } = deps.storage;
  const byIdentity = deps.caches.make<IdentityPolicies>(MAX_IDENTITIES);
  const bySession = deps.caches.make<{ readonly policies: readonly NamedPolicy[] | undefined }>(MAX_SESSIONS);

  async function inForce(on: Reader, policy: ManagedPolicy, kind: PolicyKind): Promise<NamedPolicy> {
    const name = policyArn(policy);
    const version = await policyVersions.find(on, policy.id, policy.defaultVersion);
    if (version === undefined) throw new Error(`the policy ${name} lacks its default version`);
    return { name, policy: compilePolicy(version.document, kind) };
  }

  /** What the identity has itself, without its groups. */
  async function direct(on: Reader, identity: Identity): Promise<readonly NamedPolicy[]> {
    const inline = (await inlinePolicies.list(on, identity.id)).map(({ name, document }) => ({
      name: `${iamArn(identity.accountId, identity.kind, identity.path, identity.name)}/${name}`,
      policy: compilePolicy(document, 'identity'),
    }));
    const attached: NamedPolicy[] = [];
    for (const policy of await attachments.ofIdentity(on, identity.id))
      attached.push(await inForce(on, policy, 'identity'));
    return [...inline, ...attached];
  }

  async function load(on: Reader, id: string): Promise<IdentityPolicies | undefined> {
    const identity = await identities.findById(on, id);
    if (identity === undefined) return undefined;
    const policies = [...(await direct(on, identity))];
    if (identity.kind === 'group') return { identity: policies };
    if (identity.kind === 'user')
      for (const group of await memberships.groupsOf(on, id)) policies.push(...(await direct(on, group)));
    if (identity.boundaryPolicyId === undefined) return { identity: policies };
    const boundary = await managedPolicies.findById(on, identity.boundaryPolicyId);
    if (boundary === undefined) throw new Error(`the boundary of ${id} is not there`);
    return { identity: policies, boundary: await inForce(on, boundary, 'boundary') };
  }

  /** Undefined when nothing limits the session. */
  async function sessionPolicies(on: Reader, id: string): Promise<readonly NamedPolicy[] | undefined> {
    const session = await deps.sessions.find(on, id);
    // It has ended meanwhile: nothing is allowed.
    if (session === undefined) return [];
    const { policies, policyIds } = session.facts;
    if (policies.length + policyIds.length === 0) return undefined;
    const given = policies.map((document) => ({
      name: 'session policy',
      policy: compilePolicy(document, 'session'),
    }));
    const managed: NamedPolicy[] = [];
    for (const policyId of policyIds) {
      const policy = await managedPolicies.findById(on, policyId);
      // A policy that is gone allows nothing, and the session stays limited.
      if (policy !== undefined) managed.push(await inForce(on, policy, 'session'));
    }
    return [...given, ...managed];
  }

  const ofIdentity = (id: string) => byIdentity(id, () => load(reader, id));

  return {
    ofIdentity,
    async ofPrincipal(principal) {
      switch (principal.kind) {
        case 'root':
          return NOTHING;
        case 'user':
          return (await ofIdentity(principal.userId)) ?? NOTHING;
        case 'assumed-role': {
          const role = (await ofIdentity(principal.roleId)) ?? NOTHING;
          const { accessKeyId } = principal;
          const limits = await bySession(accessKeyId, async () => ({
            policies: await sessionPolicies(reader, accessKeyId),
          }));
          return limits?.policies === undefined ? role : { ...role, session: limits.policies };
        }
      }
    },
  };
}
