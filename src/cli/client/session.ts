// What a client command works with: where the server is, with which key, and the clients for its surfaces.
import {
  type ClientConfig,
  type ClientCredentials,
  clientCredentials,
  loadClientConfig,
  processEnvironment,
  processInputs,
} from '../../config/index.ts';
import { CommandError } from '../errors.ts';
import { type AdminClient, makeAdminClient, type OwnClient } from './admin.ts';
import { type EcrClient, makeEcrClient, makeSignerClient, type SignerClient } from './aws.ts';
import { type HttpClient, makeHttpClient } from './http.ts';
import { makeQueryClient, type QueryClient } from './query.ts';
import { makeRegistryClient, type RegistryClient } from './registry.ts';

/** Flags that every client command has. */
export interface ClientFlags {
  readonly endpoint?: string;
  readonly dataDir?: string;
  readonly region?: string;
  readonly config?: string;
}

export interface LoginToken {
  /** For the user name AWS. */
  readonly password: string;
  /** Epoch ms. */
  readonly expiresAt: number;
  readonly proxyEndpoint: string;
}

export interface Session {
  readonly config: ClientConfig;
  readonly http: HttpClient;
  readonly ecr: EcrClient;
  readonly signer: SignerClient;
  readonly iam: QueryClient;
  readonly sts: QueryClient;
  readonly admin: AdminClient & OwnClient;
  readonly registry: RegistryClient;
  login(): Promise<LoginToken>;
  close(): void;
}

/** The client configuration of this process and these flags. Throws ConfigError. */
export function clientConfig(flags: ClientFlags): ClientConfig {
  return loadClientConfig(
    processInputs(
      { 'public-url': flags.endpoint, 'data-dir': flags.dataDir, region: flags.region },
      flags.config,
    ),
  );
}

/** A session with the credentials that are at hand. Throws ConfigError when there are none. */
export function openSession(config: ClientConfig): Session {
  return sessionWith(config, clientCredentials(config, processEnvironment()));
}

/** Runs `work` with a session, which is closed afterwards. */
export async function withSession(
  flags: ClientFlags,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const session = openSession(clientConfig(flags));
  try {
    await work(session);
  } finally {
    session.close();
  }
}

export function sessionWith(config: ClientConfig, credentials: ClientCredentials): Session {
  const http = makeHttpClient();
  const identity = { credentials, region: config.region };
  const ecr = makeEcrClient(http, config.endpoint, identity);
  async function login(): Promise<LoginToken> {
    const { authorizationData } = await ecr.call('GetAuthorizationToken', {});
    const [data] = authorizationData;
    if (data === undefined) throw new CommandError('the registry gave no login token');
    const [, password] = Buffer.from(data.authorizationToken, 'base64').toString('utf8').split(/:(.*)/s);
    if (password === undefined) throw new CommandError('the registry gave a login token of an unknown form');
    return { password, expiresAt: data.expiresAt * 1000, proxyEndpoint: data.proxyEndpoint };
  }
  return {
    config,
    http,
    ecr,
    signer: makeSignerClient(http, config.endpoint, identity),
    iam: makeQueryClient('iam', http, config.endpoint, identity),
    sts: makeQueryClient('sts', http, config.endpoint, identity),
    admin: makeAdminClient(http, config.endpoint, identity),
    registry: makeRegistryClient(http, config.endpoint, async () => (await login()).password),
    login,
    close: () => http.close(),
  };
}
