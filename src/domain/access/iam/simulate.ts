// "What would happen if": asks the evaluation that real requests go through, with what the question adds. It only
// reads, and answers one page of actions times resources at a time.
import { assumedRoleArn, iamArn, parseArn } from '../../../shared/arn.ts';
import { makeInFlight } from '../../../shared/in-flight.ts';
import { DomainError } from '../../errors.ts';
import type { Page } from '../../storage.ts';
import {
  type ContextLookup,
  type ContextValue,
  compilePolicy,
  type EvaluationInput,
  evaluate,
  type NamedPolicy,
  type PolicyDecision,
  type PolicyKind,
  type PrincipalFacts,
} from '../policy/index.ts';
import { principalContext } from '../policy/principal-context.ts';
import { makePrincipalBinding } from '../principal-binding.ts';
import type { PolicyLookup } from '../principal-policies.ts';
import type { Identity } from '../types.ts';
import type { IamDeps } from './deps.ts';
import { findIdentity } from './lookup.ts';
import { invalidInput } from './refusals.ts';

export interface Simulation {
  /** Lasting id of whoever asks. */
  readonly callerId: string;
  readonly accountId: string;
  /** A user, a group or a role. */
  readonly sourceArn: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Documents beside what the source has. */
  readonly policies: readonly string[];
  /** Takes the place of the source's boundary. */
  readonly boundaries: readonly string[];
  readonly resourcePolicy?: string | undefined;
  /** An account's ARN, or its number: who owns the resources that do not say so. */
  readonly resourceOwner?: string | undefined;
  /** A user whose facts stand in for the source's. */
  readonly callerArn?: string | undefined;
  readonly context: readonly { readonly key: string; readonly values: readonly string[] }[];
  /** Results before the page. */
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface SimulationResult {
  readonly action: string;
  readonly resource: string;
  readonly decision: PolicyDecision;
  /** Condition keys that a policy asks for and nobody gave. */
  readonly missing: readonly string[];
  /** Absent: there is no boundary. */
  readonly allowedByBoundary?: boolean;
}

/** Throws NoSuchEntity, Validation, MalformedPolicy. */
export type Simulate = (simulation: Simulation) => Promise<Page<SimulationResult, string>>;

const MAX_POLICIES = 20;
/** Of one caller: each may take much longer than any other request. */
const MAX_UNDER_WAY = 4;

/**
 * Characters of policies that are asked for one page: of that many actions and resources each policy is asked again.
 * A page that would ask more is shorter, and names where the next one begins.
 */
const PAGE_CHARACTERS = 4_000_000;
/** What a statement of a stored policy counts for. */
const STATEMENT_CHARACTERS = 300;

export function makeSimulate(
  deps: Pick<IamDeps, 'identities' | 'storage'> & { readonly policies: PolicyLookup },
): Simulate {
  const principals = makePrincipalBinding(deps);
  const underWay = makeInFlight(MAX_UNDER_WAY);

  async function identityOf(accountId: string, arn: string): Promise<Identity> {
    const parsed = parseArn(arn);
    const [, kind, name] = /^(user|group|role)\/(?:.*\/)?([^/]+)$/.exec(parsed?.resource ?? '') ?? [];
    if (parsed?.service !== 'iam' || parsed.accountId !== accountId || name === undefined)
      throw invalidInput(`Invalid Entity Arn: ${arn} does not clearly define entity type and name.`);
    return findIdentity(deps, deps.storage.reader, { accountId, kind: kind as Identity['kind'], name });
  }

  async function resourcePoliciesOf({ resourcePolicy, resources }: Simulation) {
    if (resourcePolicy === undefined) return [];
    // Policies of repositories have no Resource element, those of registries must.
    const kind = resources.some((resource) => resource.includes(':repository/')) ? 'repository' : 'registry';
    // Refused as it was given, before anything in it is looked up.
    compilePolicy(resourcePolicy, kind);
    const bound = await principals.bindKnown(deps.storage.reader, resourcePolicy);
    return compiled([bound], kind, 'ResourcePolicy');
  }

  return async (asked) => {
    using place = underWay.begin(asked.callerId);
    if (place === undefined)
      throw new DomainError(
        'Throttled',
        `You have ${MAX_UNDER_WAY} simulations under way; try again later.`,
        {},
      );
    const source = await identityOf(asked.accountId, asked.sourceArn);
    const caller =
      asked.callerArn === undefined ? source : await identityOf(asked.accountId, asked.callerArn);
    const own = await deps.policies.ofIdentity(source.id);
    const boundary = compiled(asked.boundaries, 'boundary', 'PermissionsBoundaryPolicyInputList')[0];
    const fixed = {
      principal: factsOf(caller),
      identityPolicies: [
        ...(own?.identity ?? []),
        ...compiled(asked.policies, 'identity', 'PolicyInputList'),
      ],
      boundary: boundary ?? own?.boundary,
      resourcePolicies: await resourcePoliciesOf(asked),
      context: contextOf(asked.context),
    };
    const total = asked.actions.length * asked.resources.length;
    const from = Number(asked.after ?? 0);
    const end = Math.min(total, from + asked.limit, from + resultsOfPage(asked, fixed));
    const items: SimulationResult[] = [];
    for (let at = from; at < end; at += 1) {
      const action = asked.actions[Math.floor(at / asked.resources.length)] ?? '';
      const resource = asked.resources[at % asked.resources.length] ?? '*';
      const resourceAccount = ownerOf(resource) ?? ownerOf(asked.resourceOwner) ?? asked.accountId;
      items.push(decide({ ...fixed, action, resource, resourceAccount }));
    }
    return end < total ? { items, next: String(end) } : { items };
  };
}

function resultsOfPage(
  { policies, boundaries, resourcePolicy = '' }: Simulation,
  { identityPolicies }: { readonly identityPolicies: readonly NamedPolicy[] },
): number {
  const given = [...policies, ...boundaries, resourcePolicy].reduce((sum, { length }) => sum + length, 0);
  const statements = identityPolicies.reduce((sum, { policy }) => sum + policy.statements.length, 0);
  return Math.max(1, Math.floor(PAGE_CHARACTERS / (given + statements * STATEMENT_CHARACTERS + 1)));
}

function decide(input: EvaluationInput): SimulationResult {
  const { action, resource, boundary, resourcePolicies, ...rest } = input;
  const everything = [
    ...input.identityPolicies,
    ...(resourcePolicies ?? []),
    ...(boundary === undefined ? [] : [boundary]),
  ];
  const ownContext = principalContext(input.principal);
  const asked = new Set(everything.flatMap(({ policy }) => policy.contextKeys));
  const given = (key: string) => input.context(key.toLowerCase()) ?? ownContext(key.toLowerCase());
  const result = {
    action,
    resource,
    decision: evaluate(input),
    missing: [...asked].filter((key) => given(key) === undefined),
  };
  if (boundary === undefined) return result;
  const alone = evaluate({ ...rest, action, resource, identityPolicies: [boundary] });
  return { ...result, allowedByBoundary: alone.allowed };
}

function compiled(documents: readonly string[], kind: PolicyKind, list: string): readonly NamedPolicy[] {
  if (documents.length > (kind === 'boundary' ? 1 : MAX_POLICIES))
    throw invalidInput(`${list} has too many policies.`);
  return documents.map((document, at) => ({
    name: `${list}.${at + 1}`,
    policy: compilePolicy(document, kind),
  }));
}

function contextOf(entries: Simulation['context']): ContextLookup {
  const values = new Map<string, ContextValue>(
    entries.map(({ key, values: [first, ...more] }) => [
      key.toLowerCase(),
      first === undefined || more.length === 0 ? first : [first, ...more],
    ]),
  );
  return (key) => values.get(key);
}

function ownerOf(resource: string | undefined): string | undefined {
  if (resource !== undefined && /^\d{12}$/.test(resource)) return resource;
  return resource === undefined ? undefined : parseArn(resource)?.accountId || undefined;
}

/** A role is asked as a session of it; a group as a user that has nothing else. */
function factsOf(identity: Identity): PrincipalFacts {
  const { id, accountId, kind, name, path } = identity;
  const arn = iamArn(accountId, kind, path, name);
  if (kind !== 'role') {
    const tags = identity.kind === 'user' ? identity.tags : {};
    return { kind: 'user', accountId, arn, userId: id, userName: name, tags };
  }
  return {
    kind: 'assumed-role',
    accountId,
    arn: assumedRoleArn(accountId, name, 'simulation'),
    userId: `${id}:simulation`,
    roleArn: arn,
    tags: identity.tags,
  };
}
