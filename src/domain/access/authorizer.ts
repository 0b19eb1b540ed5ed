// May this caller do this? Gathers what policies ask about: the caller's policies, the resource's, the facts of the
// request. Deny by default; no caller may act on its own judgement. The surfaces ask before an operation, the signing
// plan asks for the pusher.
import { parseArn, type RegistryKey } from '../../shared/arn.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Caller } from './caller.ts';
import type { Decide, Decision } from './decide.ts';
import type { NamedPolicy } from './policy/index.ts';
import type { PolicyLookup, PrincipalPolicies } from './principal-policies.ts';
import { type RequestTags, requestContext } from './request-context.ts';

/** One question. */
export interface AccessRequest {
  readonly caller: Caller;
  /** Service prefix and operation, e.g. `ecr:PutImage`, `signer:SignPayload`. */
  readonly action: string;
  /** An ARN, or `*` for an action that has no resource. */
  readonly resource: string;
  /** The account that is asked, when `resource` is `*`; the caller's own by default. */
  readonly account?: string;
  readonly requestTags?: RequestTags | undefined;
  /** Services that ask on the caller's behalf (`aws:CalledVia`), e.g. `ecr.amazonaws.com`; none for a call of its own. */
  readonly calledVia?: readonly string[] | undefined;
  /** Condition keys of the service's own, in lower case. */
  readonly keys?: ConditionKeys | undefined;
}

export type Authorize = (request: AccessRequest) => Promise<Decision>;

export type ConditionKeys = Readonly<Record<string, string>>;

/** What a resource's own area says of it. */
export interface ResourceFacts {
  readonly policies: readonly NamedPolicy[];
  /** Condition keys that it answers, in lower case. */
  readonly keys?: ConditionKeys;
}

/** A resource by its service's words: `resource` is the ARN's last field, `*` for the registry itself. */
export interface NamedResource {
  readonly registry: RegistryKey;
  readonly resource: string;
}

/** The resources of one service. */
export interface ResourceArea {
  facts(named: NamedResource): Promise<ResourceFacts>;
  tags(named: NamedResource): Promise<Readonly<Record<string, string>>>;
}

export interface AuthorizerDeps {
  readonly policies: PolicyLookup;
  /** By the prefix of actions: `ecr`, `signer`. */
  readonly areas: Readonly<Record<string, ResourceArea>>;
  readonly clock: Clock;
  readonly decide: Decide;
}

/** With these the owner's root gets a resource out of a policy that denies it everything: nobody else could help. */
const ROOT_RESCUE: ReadonlySet<string> = new Set([
  'ecr:GetRepositoryPolicy',
  'ecr:SetRepositoryPolicy',
  'ecr:DeleteRepositoryPolicy',
  'ecr:GetRegistryPolicy',
  'ecr:PutRegistryPolicy',
  'ecr:DeleteRegistryPolicy',
]);

const NO_FACTS: ResourceFacts = { policies: [] };

export function makeAuthorizer(deps: AuthorizerDeps): Authorize {
  return async (request) => {
    const { caller, action } = request;
    const { principal } = caller;
    const named = resourceOf(request);
    // A text that looks like an ARN and is none belongs to nobody.
    const resourceAccount = named?.registry.accountId ?? '';
    const rescued =
      principal.kind === 'root' && principal.accountId === resourceAccount && ROOT_RESCUE.has(action);
    const area = deps.areas[action.slice(0, action.indexOf(':'))];
    const own = await deps.policies.ofPrincipal(principal);
    const facts = area === undefined || named === undefined || rescued ? NO_FACTS : await area.facts(named);
    const asked = asksForTags(own) || facts.policies.some((policy) => policy.policy.asksForResourceTags);
    return deps.decide({
      principal,
      action,
      resource: request.resource,
      resourceAccount,
      identityPolicies: own.identity,
      boundary: own.boundary,
      sessionPolicies: own.session,
      resourcePolicies: facts.policies,
      context: requestContext({
        request: caller.request,
        requestTags: request.requestTags,
        calledVia: request.calledVia,
        resourceTags: asked && area !== undefined && named !== undefined ? await area.tags(named) : {},
        resourceKeys: { ...facts.keys, ...request.keys },
        now: deps.clock.now(),
      }),
    });
  };
}

function resourceOf({ caller, resource, account }: AccessRequest): NamedResource | undefined {
  if (resource === '*') {
    const accountId = account ?? caller.principal.accountId;
    return { registry: { accountId, region: caller.request.region }, resource };
  }
  const arn = parseArn(resource);
  if (arn === undefined) return undefined;
  // What AWS owns (managed policies) is in every account.
  const accountId = arn.accountId === 'aws' ? caller.principal.accountId : arn.accountId;
  return { registry: { accountId, region: arn.region }, resource: arn.resource };
}

function asksForTags({ identity, boundary, session = [] }: PrincipalPolicies): boolean {
  const asks = ({ policy }: NamedPolicy) => policy.asksForResourceTags;
  return identity.some(asks) || session.some(asks) || (boundary !== undefined && asks(boundary));
}
