// Tokens of identity providers (OpenID Connect Core 1.0, RFC 7519), checked with `jose`: signature, algorithm,
// issuer, times. What can be seen without a key is checked before a key is looked for. A token never shows up in an error.
import { errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { IdentityToken, IdentityTokens } from '../../domain/access/ports.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Clock } from '../../shared/clock.ts';
import { makeProviderKeys } from './provider-keys.ts';
import { invalidToken, readToken } from './read-token.ts';

/** Public keys only: a shared secret, or none, is no proof. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'];
/** The provider's clock may be this far ahead of ours. */
const TOLERANCE_SECONDS = 5;

/** `sleep` in ms, for tests. */
export function makeIdentityTokens(deps: {
  readonly clock: Clock;
  readonly sleep?: (ms: number) => Promise<unknown>;
}): IdentityTokens {
  const { clock } = deps;
  const providerKeys = makeProviderKeys(clock, deps.sleep);

  function checkPlain(token: IdentityToken): void {
    const seconds = clock.now() / 1000;
    if (!ALGORITHMS.includes(token.algorithm))
      throw invalidToken(`The token's algorithm must be one of ${ALGORITHMS.join(', ')}`);
    if (token.expiresAt <= seconds - TOLERANCE_SECONDS) throw expired();
    if (token.notBefore !== undefined && token.notBefore > seconds + TOLERANCE_SECONDS)
      throw invalidToken("The token's claim 'nbf' is in the future");
  }

  return {
    read: readToken,
    async verify(token, { issuer }) {
      checkPlain(token);
      const check = (keys: JWTVerifyGetKey) =>
        jwtVerify(token.text, keys, {
          algorithms: ALGORITHMS,
          issuer: [issuer, `${issuer}/`],
          requiredClaims: ['sub', 'aud', 'exp', 'iat'],
          currentDate: new Date(clock.now()),
          clockTolerance: TOLERANCE_SECONDS,
        });
      try {
        await check(await providerKeys.of(issuer));
      } catch (first) {
        if (!needsOtherKeys(first, token)) throw refusal(first);
        await checkWithNewKeys(check, issuer, token);
      }
    },
  };

  async function checkWithNewKeys(
    check: (keys: JWTVerifyGetKey) => Promise<unknown>,
    issuer: string,
    token: IdentityToken,
  ): Promise<void> {
    for (;;) {
      const { keys, isNew } = await providerKeys.next(issuer);
      try {
        await check(keys);
        return;
      } catch (error) {
        if (isNew || !needsOtherKeys(error, token)) throw refusal(error);
      }
    }
  }
}

/** The token's key is not among those at hand; where it does not name its key, a wrong signature may mean the same. */
function needsOtherKeys(error: unknown, { keyId }: IdentityToken): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    (keyId === undefined && error instanceof errors.JWSSignatureVerificationFailed)
  );
}

function expired(cause?: unknown): DomainError {
  return new DomainError('ExpiredIdentityToken', 'The identity token has expired', {}, { cause });
}

function refusal(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) return expired(error);
  if (error instanceof errors.JWTClaimValidationFailed)
    return invalidToken(`The token's claim '${error.claim}' is missing or wrong`, error);
  if (error instanceof errors.JWKSNoMatchingKey)
    return invalidToken(
      "Couldn't retrieve verification key from your identity provider: it has no such key",
      error,
    );
  if (error instanceof errors.JOSEError) return invalidToken('The token is not valid', error);
  return error;
}
