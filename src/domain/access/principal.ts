// Who is calling, as http/auth has proven it; never proven by the domain. What policies ask about a caller has the
// names that policy evaluation gives it (policy/types.ts, PrincipalFacts).
import { createHash } from 'node:crypto';
import { rootPrincipalArn } from '../../shared/arn.ts';
import type { ContextValue } from './policy/index.ts';

interface Caller {
  readonly accountId: string;
  readonly arn: string;
  /** What `aws:userid` and GetCallerIdentity give. */
  readonly userId: string;
  readonly accessKeyId: string;
  /** Temporary credentials only, epoch ms: when they were made, and when they end. */
  readonly tokenIssuedAt?: number;
  readonly expiresAt?: number;
  /** No second factor is offered; temporary credentials say so. */
  readonly multiFactorAuthPresent?: false;
}

/** The account itself, by its root access key. `userId` is the account's number. */
export interface RootPrincipal extends Caller {
  readonly kind: 'root';
  /** By the key pair of the configuration, or a session of it: what it was given ends when that secret changes. */
  readonly configured?: true;
}

/** A user, by an access key or by credentials of GetSessionToken. `userId`: AIDA… */
export interface UserPrincipal extends Caller {
  readonly kind: 'user';
  readonly userName: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** A session of a role, however it was assumed. `userId`: `AROA…:<session name>`. */
export interface AssumedRolePrincipal extends Caller {
  readonly kind: 'assumed-role';
  readonly roleArn: string;
  readonly roleId: string;
  readonly sessionName: string;
  /** The role's tags, and over them the session's. */
  readonly tags: Readonly<Record<string, string>>;
  /** Names of session tags that a further AssumeRole must keep. */
  readonly transitiveTagKeys: readonly string[];
  /** Condition keys that the session carries. */
  readonly session: Readonly<Record<string, ContextValue>>;
  readonly tokenIssuedAt: number;
  readonly expiresAt: number;
}

export type Principal = RootPrincipal | UserPrincipal | AssumedRolePrincipal;

/** The root of an account, by one of its keys. */
export function rootPrincipal(accountId: string, accessKeyId: string): RootPrincipal {
  return { kind: 'root', accountId, arn: rootPrincipalArn(accountId), userId: accountId, accessKeyId };
}

/** Whom quotas count: a user or a root by itself, all sessions of a role as one. */
export function lastingIdOf(principal: Principal): string {
  return principal.kind === 'assumed-role' ? principal.roleId : principal.userId;
}

/**
 * What tokens of the configured root are sealed for: another purpose with each secret, so that a changed secret ends them
 * under the same key id too. The secret cannot be found from a token.
 */
export function rootTokenPurpose(purpose: string, secretAccessKey: string): string {
  return `${purpose} of root ${createHash('sha256').update(secretAccessKey).digest('hex')}`;
}
