// Who is calling, as http/auth has proven it; never proven by the domain. What policies ask about a caller has the
// names that policy evaluation gives it (policy/types.ts, PrincipalFacts).
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
