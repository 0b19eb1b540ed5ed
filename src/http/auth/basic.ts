// Basic login as ECR has it: user `AWS`, password a login token. Proves who calls and for which registry; never
// decides what they may do.
import type { LoginTokens, Principal } from '../../domain/access/index.ts';
import type { RegistryKey } from '../../shared/arn.ts';

export type BasicLogin =
  | { readonly kind: 'caller'; readonly principal: Principal; readonly registry: RegistryKey }
  /** `message` is safe to show. */
  | { readonly kind: 'refused'; readonly message: string };

const SCHEME = /^basic +([A-Za-z0-9+/_-]+={0,2}) *$/i;
const MAX_HEADER = 8192;
const USER = 'AWS:';

const NOT_AUTHORIZED = 'Not Authorized';
const EXPIRED = 'Your authorization token has expired. Reauthenticate and try again.';
const INVALID =
  'Your authorization token is invalid. Log in with the user name AWS and the password that GetAuthorizationToken gives.';

/**
 * Headers whose decoded password is remembered: clients send the same one with every request. They are looked up by
 * their hash: to compare one with another letter by letter would tell how much of it is right.
 */
const MAX_KNOWN = 1000;

/** Takes the header `Authorization` as it came. */
export function makeBasicLogin(
  tokens: LoginTokens,
): (authorization: string | undefined) => Promise<BasicLogin> {
  const passwords = new Map<string, string>();

  return async (authorization) => {
    if (authorization === undefined) return refused(NOT_AUTHORIZED);
    const known = passwords.get(authorization);
    const password = known ?? passwordOf(authorization);
    if (typeof password !== 'string') return password;
    const check = await tokens.check(password);
    switch (check.kind) {
      case 'good':
        if (known === undefined) {
          const [oldest] = passwords.keys();
          if (passwords.size >= MAX_KNOWN && oldest !== undefined) passwords.delete(oldest);
          passwords.set(authorization, password);
        }
        return { kind: 'caller', principal: check.principal, registry: check.registry };
      case 'expired':
        return refused(EXPIRED);
      case 'bad':
        return refused(INVALID);
    }
  };
}

function passwordOf(authorization: string): string | BasicLogin {
  const encoded = authorization.length > MAX_HEADER ? undefined : SCHEME.exec(authorization)?.[1];
  if (encoded === undefined) return refused(INVALID);
  const login = Buffer.from(encoded, 'base64').toString('latin1');
  if (login === ':') return refused(NOT_AUTHORIZED);
  return login.startsWith(USER) ? login.slice(USER.length) : refused(INVALID);
}

function refused(message: string): BasicLogin {
  return { kind: 'refused', message };
}
