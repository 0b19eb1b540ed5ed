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
  /** Answers by path in the place of the provider's own; `body` as it is when `until` has come. */
  readonly answers: Map<
    string,
    {
      readonly status?: number;
      readonly headers?: object;
      readonly body: string;
      readonly until?: Promise<unknown>;
    }
  >;
  /** Signs with the newest key; `claims` over good ones. */
  token(
    claims?: Readonly<Record<string, unknown>>,
    header?: { readonly alg?: string; readonly kid?: string },
  ): Promise<string>;
  /** The same with claims and header of any type, which `token` refuses to make; null is kept, undefined leaves one out. */
  rawToken(
    claims?: Readonly<Record<string, unknown>>,
    header?: Readonly<Record<string, unknown>>,
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
      const { body } = given;
      const answer = () => response.writeHead(given.status ?? 200, { ...given.headers }).end(body);
      if (given.until === undefined) answer();
      else void given.until.then(answer);
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
  const claimsWith = (claims: object) => {
    const seconds = Math.floor(now() / 1000);
    return {
      iss: issuer,
      sub: 'repo:team/app:ref:refs/heads/main',
      aud: 'sts.amazonaws.com',
      iat: seconds,
      exp: seconds + 300,
      ...claims,
    };
  };
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
      const { alg, kid, privateKey } = current;
      return new SignJWT(claimsWith(claims)).setProtectedHeader({ alg, kid, ...header }).sign(privateKey);
    },
    async rawToken(claims = {}, header = {}) {
      const { alg, kid, privateKey } = current;
      const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const signed = `${encode({ alg, kid, ...header })}.${encode(claimsWith(claims))}`;
      const algorithm = alg.startsWith('ES') ? { name: 'ECDSA', hash: 'SHA-256' } : 'RSASSA-PKCS1-v1_5';
      const signature = await crypto.subtle.sign(algorithm, privateKey, Buffer.from(signed));
      return `${signed}.${Buffer.from(signature).toString('base64url')}`;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
