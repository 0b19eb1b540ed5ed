// The decision. Deny by default; an explicit Deny in any policy wins; what is left is allowed when every kind of
// policy that must allow it does. No I/O, no clock: the same input gives the same answer.
// Source: IAM user guide, "Policy evaluation logic", "Cross-account policy evaluation logic", "IAM role session".
import { arnText } from './arn-patterns.ts';
import { principalContext } from './principal-context.ts';
import type {
  ArnText,
  CompiledStatement,
  ContextLookup,
  DecidedBy,
  EvaluationInput,
  NamedPolicy,
  PolicyDecision,
  PolicyType,
  PrincipalFacts,
  PrincipalMatch,
} from './types.ts';

/** One request, with what is the same for every statement. */
interface Question {
  readonly principal: PrincipalFacts;
  readonly bounded: boolean;
  readonly action: string;
  readonly resource: ArnText;
  readonly context: ContextLookup;
}

/** Decides one request. */
export function evaluate(input: EvaluationInput): PolicyDecision {
  const question = questionOf(input);
  const denial = firstDeny(input, question);
  if (denial !== undefined) {
    const article = denial.type.startsWith('identity') ? 'an' : 'a';
    return refuse(input, `with an explicit deny in ${article} ${denial.type}`, denial);
  }
  const grant = bestGrant(input.resourcePolicies ?? [], question);
  const { principal } = input;
  switch (principal.kind) {
    case 'anonymous':
    case 'service':
    case 'federated':
      // They have no policies of their own.
      return grant === undefined ? nothingAllows(input, 'resource-based policy') : allow(grant.by);
    case 'root':
    case 'user':
    case 'assumed-role':
      return principal.accountId === input.resourceAccount
        ? inOwnAccount(input, question, grant)
        : acrossAccounts(input, question, grant);
  }
}

function questionOf(input: EvaluationInput): Question {
  const own = principalContext(input.principal);
  return {
    principal: input.principal,
    bounded: input.boundary !== undefined,
    action: input.action.toLowerCase(),
    resource: arnText(input.resource),
    context: (key) => input.context(key) ?? own(key),
  };
}

/** Whether a statement is about the request, its effect and its principal aside. */
function applies(statement: CompiledStatement, { action, resource, context }: Question): boolean {
  return (
    statement.matchesAction(action) &&
    (statement.matchesResource === undefined || statement.matchesResource(resource, context)) &&
    statement.holds(context)
  );
}

function find(
  policies: readonly NamedPolicy[],
  effect: 'Allow' | 'Deny',
  type: PolicyType,
  question: Question,
): DecidedBy | undefined {
  for (const { name, policy } of policies)
    for (const statement of policy.statements)
      if (
        statement.effect === effect &&
        (statement.matchesPrincipal === undefined ||
          statement.matchesPrincipal(question.principal, question.bounded) !== 'none') &&
        applies(statement, question)
      )
        return { type, policy: name, statement: statement.id };
  return undefined;
}

function firstDeny(input: EvaluationInput, question: Question): DecidedBy | undefined {
  return (
    find(input.identityPolicies, 'Deny', 'identity-based policy', question) ??
    find(input.resourcePolicies ?? [], 'Deny', 'resource-based policy', question) ??
    find(input.boundary === undefined ? [] : [input.boundary], 'Deny', 'permissions boundary', question) ??
    find(input.sessionPolicies ?? [], 'Deny', 'session policy', question)
  );
}

/** What resource policies allow, by the statement that names the caller most closely. */
interface Grant {
  readonly level: Exclude<PrincipalMatch, 'none'>;
  readonly by: DecidedBy;
}

const closeness: Readonly<Record<PrincipalMatch, number>> = {
  none: 0,
  account: 1,
  everyone: 2,
  role: 3,
  identity: 4,
};

function bestGrant(policies: readonly NamedPolicy[], question: Question): Grant | undefined {
  let best: Grant | undefined;
  for (const { name, policy } of policies)
    for (const statement of policy.statements) {
      if (statement.effect !== 'Allow') continue;
      const level = statement.matchesPrincipal?.(question.principal, question.bounded) ?? 'none';
      if (level === 'none' || closeness[level] <= closeness[best?.level ?? 'none']) continue;
      if (!applies(statement, question)) continue;
      best = { level, by: { type: 'resource-based policy', policy: name, statement: statement.id } };
    }
  return best;
}

/**
 * The resource's policy suffices for whom it names. Its naming the account (or nobody) leaves the answer to the
 * caller's own policies. A grant to the very user or session is not limited by boundary and session policies; one to
 * the role, or to everyone, is.
 */
function inOwnAccount(input: EvaluationInput, question: Question, grant: Grant | undefined): PolicyDecision {
  if (grant?.level === 'identity') return allow(grant.by);
  if (grant?.level === 'role' || grant?.level === 'everyone')
    return limitOf(input, question) ?? allow(grant.by);
  if (input.resourcePolicyDecides === true && grant === undefined)
    return nothingAllows(input, 'resource-based policy');
  return ownPolicies(input, question);
}

/** Both accounts must agree: the resource's by its policy, the caller's by the caller's policies. */
function acrossAccounts(
  input: EvaluationInput,
  question: Question,
  grant: Grant | undefined,
): PolicyDecision {
  const own = ownPolicies(input, question);
  if (!own.allowed) return own;
  return grant === undefined ? nothingAllows(input, 'resource-based policy') : allow(grant.by);
}

/** What the caller's identity policies allow, inside boundary and session policies. */
function ownPolicies(input: EvaluationInput, question: Question): PolicyDecision {
  const by: DecidedBy | undefined =
    input.principal.kind === 'root'
      ? { type: 'account root', policy: input.principal.arn, statement: 'account root' }
      : find(input.identityPolicies, 'Allow', 'identity-based policy', question);
  if (by === undefined) return nothingAllows(input, 'identity-based policy');
  return limitOf(input, question) ?? allow(by);
}

/** The refusal by what limits the caller, if any. */
function limitOf(input: EvaluationInput, question: Question): PolicyDecision | undefined {
  const { boundary, sessionPolicies } = input;
  if (boundary !== undefined && !find([boundary], 'Allow', 'permissions boundary', question))
    return nothingAllows(input, 'permissions boundary');
  if (sessionPolicies !== undefined && !find(sessionPolicies, 'Allow', 'session policy', question))
    return nothingAllows(input, 'session policy');
  return undefined;
}

function allow(by: DecidedBy): PolicyDecision {
  return { allowed: true, by };
}

function nothingAllows(input: EvaluationInput, type: PolicyType): PolicyDecision {
  return refuse(input, `because no ${type} allows the ${input.action} action`);
}

/** IAM's sentence. */
function refuse(input: EvaluationInput, why: string, by?: DecidedBy): PolicyDecision {
  const { principal, action, resource } = input;
  const who = principal.kind === 'anonymous' ? 'anonymous' : principal.arn;
  return {
    allowed: false,
    reason: `User: ${who} is not authorized to perform: ${action} on resource: ${resource} ${why}`,
    explicit: by !== undefined,
    ...(by === undefined ? {} : { by }),
  };
}
