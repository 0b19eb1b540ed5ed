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

/** `authorization`: the header as it came. */
export async function basicLogin(
  authorization: string | undefined,
  tokens: LoginTokens,
): Promise<BasicLogin> {
  if (authorization === undefined) return { kind: 'refused', message: NOT_AUTHORIZED };
  const encoded = authorization.length > MAX_HEADER ? undefined : SCHEME.exec(authorization)?.[1];
  if (encoded === undefined) return { kind: 'refused', message: INVALID };
  const login = Buffer.from(encoded, 'base64').toString('latin1');
  if (login === ':') return { kind: 'refused', message: NOT_AUTHORIZED };
  if (!login.startsWith(USER)) return { kind: 'refused', message: INVALID };
  const check = await tokens.check(login.slice(USER.length));
  switch (check.kind) {
    case 'good':
      return { kind: 'caller', principal: check.principal, registry: check.registry };
    case 'expired':
      return { kind: 'refused', message: EXPIRED };
    case 'bad':
      return { kind: 'refused', message: INVALID };
  }
}
