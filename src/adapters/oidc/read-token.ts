// From a token's text to its facts, each of its type (RFC 7519, OpenID Connect Core 1.0, section 2). The one place that
// looks at what a token says; nothing of it is proven here.
import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { IdentityToken } from '../../domain/access/ports.ts';
import { DomainError } from '../../domain/errors.ts';

const MAX_TEXT = 255;
/** The last second that a Date can tell. */
const MAX_SECONDS = 8_640_000_000_000;

type Claims = Readonly<Record<string, unknown>>;

/** Throws InvalidIdentityToken, which names the claim. */
export function readToken(text: string): IdentityToken {
  const { header, payload } = decoded(text);
  const issuer = textOf(payload, 'iss');
  const keyId = header['kid'] === undefined ? undefined : textOf(header, 'kid');
  const authorizedParty = payload['azp'] === undefined ? undefined : textOf(payload, 'azp');
  const notBefore = payload['nbf'] === undefined ? undefined : secondsOf(payload, 'nbf');
  return {
    text,
    algorithm: textOf(header, 'alg'),
    ...(keyId === undefined ? {} : { keyId }),
    issuer,
    subject: textOf(payload, 'sub'),
    audiences: audiencesOf(payload),
    ...(authorizedParty === undefined ? {} : { authorizedParty }),
    expiresAt: secondsOf(payload, 'exp'),
    ...(notBefore === undefined ? {} : { notBefore }),
    issuedAt: secondsOf(payload, 'iat'),
  };
}

function decoded(text: string): { readonly header: Claims; readonly payload: Claims } {
  try {
    return { header: decodeProtectedHeader(text), payload: decodeJwt(text) };
  } catch (cause) {
    throw invalidToken('The token is not valid', cause);
  }
}

function textOf(claims: Claims, name: string): string {
  const value = claims[name];
  if (!isText(value))
    throw invalidToken(`The token's claim '${name}' must be a text of 1 to ${MAX_TEXT} characters`);
  return value;
}

function audiencesOf(claims: Claims): readonly string[] {
  const { aud } = claims;
  const list: unknown = typeof aud === 'string' ? [aud] : aud;
  if (!Array.isArray(list) || list.length === 0 || !list.every(isText))
    throw invalidToken(
      `The token's claim 'aud' must be a text of 1 to ${MAX_TEXT} characters, or a list of such texts`,
    );
  return list;
}

function secondsOf(claims: Claims, name: string): number {
  const value = claims[name];
  if (typeof value !== 'number' || !(value >= 0 && value <= MAX_SECONDS))
    throw invalidToken(`The token's claim '${name}' must be a number of seconds since 1970`);
  return value;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_TEXT;
}

export function invalidToken(message: string, cause?: unknown): DomainError {
  return new DomainError('InvalidIdentityToken', message, {}, { cause });
}
