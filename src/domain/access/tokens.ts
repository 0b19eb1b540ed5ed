// The password of `docker login`: what GetAuthorizationToken gives out and /v2 takes. Bound to a registry and to
// the access key that asked for it; good for twelve hours, after a restart too, or for as long as the temporary
// credentials that asked. Those of the configured root are bound to its secret, too.
import type { RegistryKey } from '../../shared/arn.ts';
import type { Clock } from '../../shared/clock.ts';
import { type Principal, rootTokenPurpose } from './principal.ts';
import type { SealedClaims } from './sealed-claims.ts';

/** ECR's lifetime of a login token, ms. */
export const LOGIN_TOKEN_LIFETIME_MS = 12 * 3600 * 1000;

/** A clock may be behind the one that gave a token out by this much, ms. */
const CLOCK_TOLERANCE_MS = 60_000;

const PURPOSE = 'login';
const MAX_VERIFIED = 10_000;

export interface LoginToken {
  /** Goes with the user name `AWS`. */
  readonly password: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

export type LoginCheck =
  | { readonly kind: 'good'; readonly principal: Principal; readonly registry: RegistryKey }
  /** Ours, but its time is over. */
  | { readonly kind: 'expired' }
  /** Not ours, or its access key is no more. */
  | { readonly kind: 'bad' };

export interface LoginTokens {
  issue(principal: Principal, registry: RegistryKey): LoginToken;
  check(password: string): Promise<LoginCheck>;
}

interface Verified {
  readonly accessKeyId: string;
  readonly registry: RegistryKey;
  readonly expiresAt: number;
  /** Whether it was given to the configured root, with the secret that it has now. */
  readonly ofRoot: boolean;
}

/** `findPrincipal` is asked at each use: a key that is disabled takes its tokens with it at once. */
export function makeLoginTokens(deps: {
  readonly claims: SealedClaims;
  readonly clock: Clock;
  readonly findPrincipal: (accessKeyId: string) => Promise<Principal | undefined>;
  /** Of the configured root. */
  readonly rootSecret: string;
}): LoginTokens {
  const { claims, clock } = deps;
  const rootPurpose = rootTokenPurpose(PURPOSE, deps.rootSecret);
  // Clients send the token with every request: its seal is checked once.
  const verified = new Map<string, Verified>();

  let generation = claims.generation();

  function read(password: string): Verified | undefined {
    if (claims.generation() !== generation) {
      generation = claims.generation();
      verified.clear();
    }
    const known = verified.get(password);
    if (known !== undefined) return known;
    const plain = claims.open(PURPOSE, password);
    const opened = plain ?? claims.open(rootPurpose, password);
    if (opened === undefined) return undefined;
    const fresh: Verified = {
      accessKeyId: String(opened['key']),
      registry: { accountId: String(opened['account']), region: String(opened['region']) },
      expiresAt: Number(opened['expires']),
      ofRoot: plain === undefined,
    };
    if (verified.size >= MAX_VERIFIED) {
      const oldest = verified.keys().next();
      if (!oldest.done) verified.delete(oldest.value);
    }
    verified.set(password, fresh);
    return fresh;
  }

  return {
    issue(principal, registry) {
      const expiresAt = Math.min(
        clock.now() + LOGIN_TOKEN_LIFETIME_MS,
        principal.expiresAt ?? Number.POSITIVE_INFINITY,
      );
      const password = claims.seal(isConfiguredRoot(principal) ? rootPurpose : PURPOSE, {
        key: principal.accessKeyId,
        account: registry.accountId,
        region: registry.region,
        expires: expiresAt,
      });
      return { password, expiresAt };
    },
    async check(password) {
      const token = read(password);
      if (token === undefined) return { kind: 'bad' };
      const left = token.expiresAt - clock.now();
      // More than a lifetime is left of a token that a clock gave out which ran ahead: it would be good for longer.
      if (left <= 0 || left > LOGIN_TOKEN_LIFETIME_MS + CLOCK_TOLERANCE_MS) {
        verified.delete(password);
        return { kind: 'expired' };
      }
      const principal = await deps.findPrincipal(token.accessKeyId);
      if (principal === undefined || isConfiguredRoot(principal) !== token.ofRoot) return { kind: 'bad' };
      return { kind: 'good', principal, registry: token.registry };
    },
  };
}

const isConfiguredRoot = (principal: Principal): boolean =>
  principal.kind === 'root' && principal.configured === true;
