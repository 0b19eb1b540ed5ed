// STS as its surface sees it: temporary credentials, and who may have them.
import { DomainError } from '../../errors.ts';
import { lastingIdOf, type Principal } from '../principal.ts';
import { type AssumeRole, assumeRole, type RoleSession } from './assume-role.ts';
import {
  type AssumeRoleWithWebIdentity,
  assumeRoleWithWebIdentity,
  type WebIdentityDeps,
  type WebIdentitySession,
} from './assume-role-with-web-identity.ts';
import { refuse, refuseUnsupported } from './session-limits.ts';
import { issueSession, type TemporaryCredentials } from './sessions.ts';

/** GetSessionToken's default, and what a root gets at most, in seconds. */
const DEFAULT_SECONDS = 43_200;
const ROOT_SECONDS = 3600;

export interface GetSessionToken {
  readonly principal: Principal;
  readonly durationSeconds?: number | undefined;
  readonly unsupported: Readonly<Record<string, unknown>>;
}

export interface IssuedSession {
  readonly credentials: TemporaryCredentials;
}

export interface Sts {
  assumeRole(asked: AssumeRole): Promise<RoleSession>;
  assumeRoleWithWebIdentity(asked: AssumeRoleWithWebIdentity): Promise<WebIdentitySession>;
  /** For a caller with a long-term key. Throws AccessDenied, Validation, Throttled. */
  getSessionToken(asked: GetSessionToken): Promise<IssuedSession>;
}

export function makeSts(deps: WebIdentityDeps): Sts {
  return {
    assumeRole: (asked) => assumeRole(deps, asked),
    assumeRoleWithWebIdentity: (asked) => assumeRoleWithWebIdentity(deps, asked),
    async getSessionToken({ principal, durationSeconds, unsupported }) {
      refuseUnsupported(unsupported);
      if (principal.kind === 'assumed-role' || principal.expiresAt !== undefined)
        throw new DomainError('AccessDenied', 'Cannot call GetSessionToken with session credentials', {});
      const most = principal.kind === 'root' ? ROOT_SECONDS : undefined;
      if (most !== undefined && durationSeconds !== undefined && durationSeconds > most)
        throw refuse(`The session of an account's root lasts ${most} seconds at most.`);
      const credentials = await issueSession(deps, {
        accountId: principal.accountId,
        ownerId: principal.userId,
        sourceKeyId: principal.accessKeyId,
        facts: {
          sessionName: '',
          tags: {},
          transitiveTagKeys: [],
          policies: [],
          policyIds: [],
          context: {},
        },
        seconds: durationSeconds ?? most ?? DEFAULT_SECONDS,
        requester: lastingIdOf(principal),
      });
      return { credentials };
    },
  };
}

export type { RoleSession } from './assume-role.ts';
export type { WebIdentityDeps } from './assume-role-with-web-identity.ts';
