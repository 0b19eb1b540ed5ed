// Who may become a role: the role's trust policy must allow it, whoever asks. A role that is not there is refused
// like one that does not trust the caller.

import { assumedRoleArn, iamArn, parseArn } from '../../../shared/arn.ts';
import { DomainError } from '../../errors.ts';
import type { Caller, RequestFacts } from '../caller.ts';
import type { Decide } from '../decide.ts';
import { type Tag, withTags } from '../iam/tags.ts';
import {
  type ContextLookup,
  type ContextValue,
  compilePolicy,
  type DecidedBy,
  type PrincipalFacts,
} from '../policy/index.ts';
import type { ManagedPolicies } from '../ports.ts';
import { lastingIdOf } from '../principal.ts';
import type { PolicyLookup, PrincipalPolicies } from '../principal-policies.ts';
import { type RequestTags, requestContext } from '../request-context.ts';
import type { Role } from '../types.ts';
import {
  type AskedLimits,
  limitingPolicies,
  refuse,
  refuseUnsupported,
  type SessionTags,
  sessionSeconds,
  sessionTags,
} from './session-limits.ts';
import { issueSession, type SessionDeps, type TemporaryCredentials } from './sessions.ts';

export interface RoleSession {
  readonly credentials: TemporaryCredentials;
  /** `AROA…:<session name>` */
  readonly assumedRoleId: string;
  readonly arn: string;
  readonly packedPolicySize?: number;
  readonly sourceIdentity?: string | undefined;
}

/** `by`: the statement that allowed or denied it; undefined when none did. */
export type Decided = (roleArn: string, by: DecidedBy | undefined) => void;

export interface AssumeRole extends AskedLimits {
  readonly caller: Caller;
  readonly roleArn: string;
  readonly sessionName: string;
  /** Told of each decision of the trust policy. */
  readonly decided: Decided;
  readonly tags?: readonly Tag[] | undefined;
  readonly transitiveTagKeys?: readonly string[] | undefined;
  readonly externalId?: string | undefined;
  readonly sourceIdentity?: string | undefined;
  /** Members that would have no effect: refused when they are there. */
  readonly unsupported: Readonly<Record<string, unknown>>;
}

export interface AssumeRoleDeps extends SessionDeps {
  readonly managedPolicies: ManagedPolicies;
  readonly policies: PolicyLookup;
  readonly decide: Decide;
}

const SOURCE_IDENTITY = 'sts:SourceIdentity';

/** Throws AccessDenied, Validation, MalformedPolicy, PackedPolicyTooLarge, Throttled. */
export async function assumeRole(deps: AssumeRoleDeps, asked: AssumeRole): Promise<RoleSession> {
  const { sessionName, tags = [], transitiveTagKeys = [] } = asked;
  const { principal, request } = asked.caller;
  refuseUnsupported(asked.unsupported);
  if (principal.kind === 'root')
    throw new DomainError('AccessDenied', 'Roles may not be assumed by root accounts.', {});
  const chained = principal.kind === 'assumed-role';
  const inheritedIdentity = chained ? principal.session[SOURCE_IDENTITY] : undefined;
  const sourceIdentity =
    asked.sourceIdentity ?? (typeof inheritedIdentity === 'string' ? inheritedIdentity : undefined);
  if (inheritedIdentity !== undefined && sourceIdentity !== inheritedIdentity)
    throw refuse('The source identity of a session cannot be changed.');
  const session = sessionTags(principal, tags, transitiveTagKeys);
  const role = await findRole(deps, asked.roleArn);
  decideTrust(deps, {
    role,
    roleArn: asked.roleArn,
    caller: principal,
    policies: await deps.policies.ofPrincipal(principal),
    actions: [
      'sts:AssumeRole',
      ...(tags.length > 0 ? ['sts:TagSession'] : []),
      ...(asked.sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
    ],
    decided: asked.decided,
    request,
    requestTags: tags.length === 0 ? undefined : { tags: withTags({}, tags) },
    keys: {
      'sts:transitivetagkeys': transitiveTagKeys.length === 0 ? undefined : transitiveTagKeys,
      'sts:externalid': asked.externalId,
      'sts:rolesessionname': sessionName,
      'sts:sourceidentity': sourceIdentity,
    },
  });
  const context = sourceIdentity === undefined ? {} : { [SOURCE_IDENTITY]: sourceIdentity };
  const issued = await issueRoleSession(deps, {
    role,
    sessionName,
    asked,
    session,
    context,
    chained,
    requester: lastingIdOf(principal),
  });
  return { ...issued, sourceIdentity };
}

/** What a role's ARN names. Throws Validation. */
export function parseRoleArn(roleArn: string): { readonly accountId: string; readonly name: string } {
  const parsed = parseArn(roleArn);
  if (parsed?.service !== 'iam' || !parsed.resource.startsWith('role/'))
    throw refuse(`${roleArn} is invalid: the ARN of a role is arn:aws:iam::<account>:role/<name>.`);
  const name = parsed.resource.slice(parsed.resource.lastIndexOf('/') + 1);
  return { accountId: parsed.accountId, name };
}

/** The role of this ARN, or undefined: the caller is refused either way, in the same words. */
export async function findRole(
  deps: Pick<AssumeRoleDeps, 'identities' | 'storage'>,
  roleArn: string,
): Promise<Role | undefined> {
  const { accountId, name } = parseRoleArn(roleArn);
  const role = await deps.identities.find(deps.storage.reader, accountId, 'role', name);
  return role !== undefined && iamArn(role.accountId, 'role', role.path, role.name) === roleArn
    ? role
    : undefined;
}

/** Throws AccessDenied unless every one of the actions is allowed to the caller on a role that is there. */
export function decideTrust(
  { clock, decide }: Pick<AssumeRoleDeps, 'clock' | 'decide'>,
  question: {
    readonly role: Role | undefined;
    readonly roleArn: string;
    readonly caller: PrincipalFacts & { readonly arn: string };
    readonly policies: PrincipalPolicies;
    readonly actions: readonly string[];
    readonly decided: Decided;
    readonly request: RequestFacts;
    readonly requestTags?: RequestTags | undefined;
    /** Condition keys of this call alone, in lower case. */
    readonly keys: Readonly<Record<string, ContextValue>>;
  },
): void {
  const { role, roleArn, caller, policies, actions, request, requestTags, keys } = question;
  const common = requestContext({
    request,
    requestTags,
    resourceTags: role?.tags ?? {},
    resourceKeys: {},
    now: clock.now(),
  });
  const context: ContextLookup = (key) => (Object.hasOwn(keys, key) ? keys[key] : common(key));
  const trust =
    role === undefined ? [] : [{ name: roleArn, policy: compilePolicy(role.trustPolicy, 'trust') }];
  for (const action of actions) {
    const decision = decide({
      principal: caller,
      action,
      resource: roleArn,
      resourceAccount: parseArn(roleArn)?.accountId ?? '',
      context,
      identityPolicies: policies.identity,
      boundary: policies.boundary,
      sessionPolicies: policies.session,
      resourcePolicies: trust,
      resourcePolicyDecides: true,
    });
    question.decided(roleArn, decision.by);
    if (!decision.allowed)
      throw new DomainError(
        'AccessDenied',
        `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${roleArn}`,
        {},
      );
  }
}

export async function issueRoleSession(
  deps: AssumeRoleDeps,
  given: {
    readonly role: Role | undefined;
    readonly sessionName: string;
    readonly asked: AskedLimits;
    readonly session: SessionTags;
    readonly context: Readonly<Record<string, string | readonly string[]>>;
    readonly chained: boolean;
    readonly requester: string;
  },
): Promise<Omit<RoleSession, 'sourceIdentity'>> {
  const { role, sessionName, asked, session, context, chained, requester } = given;
  if (role === undefined) throw new Error('a role that is not there was assumed');
  const seconds = sessionSeconds(role, asked.durationSeconds, chained);
  const { packedPolicySize, ...limits } = await limitingPolicies(
    deps,
    deps.storage.reader,
    role,
    asked,
    session.tags,
  );
  const credentials = await issueSession(deps, {
    accountId: role.accountId,
    ownerId: role.id,
    facts: { sessionName, ...session, ...limits, context },
    seconds,
    requester,
  });
  return {
    credentials,
    assumedRoleId: `${role.id}:${sessionName}`,
    arn: assumedRoleArn(role.accountId, role.name, sessionName),
    ...(packedPolicySize === undefined ? {} : { packedPolicySize }),
  };
}
