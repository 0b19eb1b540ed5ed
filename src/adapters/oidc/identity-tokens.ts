// Tokens of identity providers (OpenID Connect Core 1.0, RFC 7519), checked with `jose`: signature, algorithm,
// issuer, times. A token never shows up in an error.
import { decodeJwt, errors, jwtVerify } from 'jose';
import type { IdentityTokens } from '../../domain/access/ports.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Clock } from '../../shared/clock.ts';
import { makeProviderKeys } from './provider-keys.ts';

/** Public keys only: a shared secret, or none, is no proof. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'];
/** The provider's clock may be this far ahead of ours. */
const TOLERANCE_SECONDS = 5;
const MAX_CLAIM = 255;

export function makeIdentityTokens(deps: { readonly clock: Clock }): IdentityTokens {
  const providerKeys = makeProviderKeys(deps.clock);
  return {
    issuerOf(token) {
      try {
        return decodeJwt(token).iss;
      } catch {
        // Whatever it is, it is no token.
        return undefined;
      }
    },
    async verify(token, provider) {
      const check = async (fresh: boolean) =>
        jwtVerify(token, await providerKeys.of(provider.issuer, fresh), {
          algorithms: ALGORITHMS,
          issuer: [provider.issuer, `${provider.issuer}/`],
          requiredClaims: ['sub', 'aud', 'exp', 'iat'],
          currentDate: new Date(deps.clock.now()),
          clockTolerance: TOLERANCE_SECONDS,
        });
      const { payload } = await check(false)
        .catch((error: unknown) => {
          if (error instanceof errors.JWKSNoMatchingKey) return check(true);
          throw error;
        })
        .catch(refuse);
      const { sub, aud, azp } = payload;
      const audiences = Array.isArray(aud) ? aud : [aud ?? ''];
      if (sub === undefined || sub === '' || sub.length > MAX_CLAIM)
        throw invalid(`The token's subject must have 1 to ${MAX_CLAIM} characters`);
      return {
        subject: sub,
        audiences,
        ...(typeof azp === 'string' ? { authorizedParty: azp } : {}),
      };
    },
  };
}

function invalid(message: string, cause?: unknown): DomainError {
  return new DomainError('InvalidIdentityToken', message, {}, { cause });
}

function refuse(error: unknown): never {
  if (error instanceof errors.JWTExpired)
    throw new DomainError('ExpiredIdentityToken', 'The identity token has expired', {}, { cause: error });
  if (error instanceof errors.JWTClaimValidationFailed)
    throw invalid(`The token's claim '${error.claim}' is missing or wrong`, error);
  if (error instanceof errors.JWKSNoMatchingKey)
    throw invalid(
      "Couldn't retrieve verification key from your identity provider: it has no such key",
      error,
    );
  if (error instanceof errors.JOSEAlgNotAllowed)
    throw invalid(`The token's algorithm must be one of ${ALGORITHMS.join(', ')}`, error);
  if (error instanceof errors.JOSEError) throw invalid('The token is not valid', error);
  throw error;
}
