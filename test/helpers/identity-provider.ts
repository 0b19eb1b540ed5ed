// An identity provider on this machine: discovery, keys that can be changed, tokens as a test wants them.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';

export interface IdentityProvider {
  /** `http://127.0.0.1:<port>` */
  readonly issuer: string;
  /** The issuer without its scheme. */
  readonly name: string;
  /** Paths that were asked for. */
  readonly asked: readonly string[];
  /** Answers by path in the place of the provider's own. */
  readonly answers: Map<
    string,
    { readonly status?: number; readonly headers?: object; readonly body: string }
  >;
  /** Signs with the newest key; `claims` over good ones. */
  token(
    claims?: Readonly<Record<string, unknown>>,
    header?: { readonly alg?: string; readonly kid?: string },
  ): Promise<string>;
  /** Publishes a new key alone, and signs with it. */
  changeKey(alg?: string): Promise<void>;
  close(): Promise<void>;
}

export async function startIdentityProvider(now: () => number = Date.now): Promise<IdentityProvider> {
  const asked: string[] = [];
  const answers: IdentityProvider['answers'] = new Map();
  let current: { alg: string; kid: string; privateKey: CryptoKey; jwk: object };
  let made = 0;
  const changeKey = async (alg = 'ES256') => {
    const { publicKey, privateKey } = await generateKeyPair(alg);
    const kid = `key-${(made += 1)}`;
    current = { alg, kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
  };
  await changeKey();
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    asked.push(path);
    const given = answers.get(path);
    if (given !== undefined) {
      response.writeHead(given.status ?? 200, { ...given.headers }).end(given.body);
      return;
    }
    const document =
      path === '/.well-known/openid-configuration'
        ? { issuer, jwks_uri: `${issuer}/keys` }
        : path === '/keys'
          ? { keys: [current.jwk] }
          : undefined;
    response.writeHead(document === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(document ?? {}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const name = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer = `http://${name}`;
  return {
    issuer,
    name,
    asked,
    answers,
    changeKey,
    token(claims = {}, header = {}) {
      const seconds = Math.floor(now() / 1000);
      const { alg, kid, privateKey } = current;
      const payload = {
        iss: issuer,
        sub: 'repo:team/app:ref:refs/heads/main',
        aud: 'sts.amazonaws.com',
        iat: seconds,
        exp: seconds + 300,
        ...claims,
      };
      return new SignJWT(payload).setProtectedHeader({ alg, kid, ...header }).sign(privateKey);
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
