// The access area put together: what compose.ts hands to the surfaces and the jobs.

import { makeAccessCaches } from './caches.ts';
import { type Credentials, makeCredentials } from './credentials.ts';
import type { Decide } from './decide.ts';
import { type Iam, type IamDeps, makeIam } from './iam/index.ts';
import { type KeyUses, makeKeyUses } from './key-uses.ts';
import type { IdentityTokens, Sessions } from './ports.ts';
import { makePolicyLookup, type PolicyLookup } from './principal-policies.ts';
import type { SealedClaims } from './sealed-claims.ts';
import { makeSts, type Sts } from './sts/index.ts';

export interface Access {
  readonly credentials: Credentials;
  readonly iam: Iam;
  readonly sts: Sts;
  readonly policies: PolicyLookup;
  readonly keyUses: KeyUses;
  /** Forgets sessions that have ended; gives how many. */
  expireSessions(): Promise<number>;
}

/** Sessions in one transaction: other writers share it and wait for it. */
const EXPIRED_AT_A_TIME = 500;

export interface AccessDeps extends Omit<IamDeps, 'caches'> {
  readonly sessions: Sessions;
  readonly identityTokens: IdentityTokens;
  readonly decide: Decide;
  readonly claims: SealedClaims;
  readonly configuredRoot: Parameters<typeof makeCredentials>[0]['configuredRoot'];
  /** Whether an identity provider may be one on this machine, over http. */
  readonly allowLoopbackIssuers: boolean;
}

export function makeAccess(given: AccessDeps): Access {
  const deps = { ...given, caches: makeAccessCaches() };
  const policies = makePolicyLookup(deps);
  const credentials = makeCredentials(deps);
  return {
    credentials,
    iam: makeIam({ ...deps, policies }),
    sts: makeSts({ ...deps, policies, credentials }),
    policies,
    keyUses: makeKeyUses(deps),
    expireSessions: () =>
      given.storage.write((tx) => given.sessions.deleteExpired(tx, given.clock.now(), EXPIRED_AT_A_TIME)),
  };
}
