// What AssumeRole may be asked to limit a session with: policies, managed policies, tags, a length of time.
// Source: STS API reference, AssumeRole; IAM user guide, "Session policies", "Pass session tags in AWS STS".
import { DomainError } from '../../errors.ts';
import type { Reader } from '../../storage.ts';
import { findPolicy } from '../iam/lookup.ts';
import { type Tag, withTags } from '../iam/tags.ts';
import { LIMITS } from '../limits.ts';
import { compilePolicy } from '../policy/index.ts';
import type { ManagedPolicies } from '../ports.ts';
import type { Principal } from '../principal.ts';
import type { Role, Tags } from '../types.ts';

const DEFAULT_SECONDS = 3600;
/** A session that assumes a role gets an hour at most. */
const CHAINED_SECONDS = 3600;
const MAX_POLICY = 2048;
const MAX_POLICY_ARNS = 10;
/** Bytes that policies, ARNs and tags may have together; AWS says in percent how full its own format is. */
const PACKED_BYTES = 8192;

export interface AskedLimits {
  readonly durationSeconds?: number | undefined;
  readonly policy?: string | undefined;
  readonly policyArns?: readonly string[] | undefined;
}

export interface SessionTags {
  readonly tags: Tags;
  readonly transitiveTagKeys: readonly string[];
}

/** How long the session may be, in seconds. Throws Validation. */
export function sessionSeconds(role: Role, asked: number | undefined, chained: boolean): number {
  const seconds = asked ?? Math.min(DEFAULT_SECONDS, role.maxSessionSeconds);
  if (chained && seconds > CHAINED_SECONDS)
    throw refuse(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    );
  if (seconds > role.maxSessionSeconds)
    throw refuse('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  return seconds;
}

/** Checks the policies that limit the session. Throws MalformedPolicy, Validation, PackedPolicyTooLarge. */
export async function limitingPolicies(
  deps: { readonly managedPolicies: ManagedPolicies },
  on: Reader,
  role: Role,
  asked: AskedLimits,
  tags: Tags,
): Promise<{
  readonly policies: readonly string[];
  readonly policyIds: readonly string[];
  /** In percent; undefined when nothing limits the session and it has no tags. */
  readonly packedPolicySize?: number;
}> {
  const arns = asked.policyArns ?? [];
  if (arns.length > MAX_POLICY_ARNS)
    throw refuse(`A session takes ${MAX_POLICY_ARNS} managed policies at most.`);
  if (asked.policy !== undefined) {
    if (asked.policy.length > MAX_POLICY)
      throw new DomainError(
        'PackedPolicyTooLarge',
        `The session policy has more than ${MAX_POLICY} characters.`,
        {},
      );
    compilePolicy(asked.policy, 'session');
  }
  const policyIds: string[] = [];
  for (const arn of arns) policyIds.push((await findPolicy(deps, on, role.accountId, arn)).id);
  const packed = [asked.policy ?? '', ...arns, ...Object.entries(tags).flat()];
  const bytes = packed.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes > PACKED_BYTES)
    throw new DomainError(
      'PackedPolicyTooLarge',
      `Session policies and tags have ${bytes} bytes; ${PACKED_BYTES} are taken.`,
      {},
    );
  return {
    policies: asked.policy === undefined ? [] : [asked.policy],
    policyIds: [...new Set(policyIds)],
    ...(bytes === 0 ? {} : { packedPolicySize: Math.ceil((bytes * 100) / PACKED_BYTES) }),
  };
}

/** The session's tags: those that are asked for, and those that a chain of sessions must keep. Throws Validation. */
export function sessionTags(
  principal: Principal,
  asked: readonly Tag[],
  transitiveTagKeys: readonly string[],
): SessionTags {
  const inherited = principal.kind === 'assumed-role' ? principal.transitiveTagKeys : [];
  const kept = Object.entries(principal.kind === 'assumed-role' ? principal.tags : {})
    .filter(([key]) => contains(inherited, key))
    .map(([key, value]) => ({ key, value }));
  const overridden = asked.find(({ key }) => contains(inherited, key));
  if (overridden !== undefined)
    throw refuse(`The tag ${overridden.key} is transitive: a further session keeps its value.`);
  const own = withTags({}, asked);
  const unknown = transitiveTagKeys.find((key) => !contains(Object.keys(own), key));
  if (unknown !== undefined) throw refuse(`The transitive tag key ${unknown} must be among the tags.`);
  if (kept.length + asked.length > LIMITS.tags) throw refuse(`A session has ${LIMITS.tags} tags at most.`);
  return { tags: withTags(own, kept), transitiveTagKeys: [...inherited, ...transitiveTagKeys] };
}

/** Throws Validation for a member that would have no effect here. */
export function refuseUnsupported(members: Readonly<Record<string, unknown>>): void {
  const [given] = Object.entries(members).find(([, value]) => value !== undefined) ?? [];
  if (given !== undefined) throw refuse(`${given} is not offered here.`);
}

function contains(keys: readonly string[], key: string): boolean {
  return keys.some((one) => one.toLowerCase() === key.toLowerCase());
}

export function refuse(message: string): DomainError {
  return new DomainError('Validation', message, {});
}
