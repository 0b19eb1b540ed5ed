// A whole server in the test's own process: real stores in a temporary directory, real HTTP on a free port.
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type ComposeOptions, compose } from '../../src/compose.ts';
import { loadConfig } from '../../src/config/index.ts';
import { signRequest } from '../../src/http/auth/sigv4-canonical.ts';

export interface TestCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON; an empty object when there was no body. */
  readonly body: Record<string, unknown>;
}

export interface TestServer {
  /** `http://localhost:<port>` */
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  readonly credentials: TestCredentials;
  readonly accountId: string;
  readonly region: string;
  /** One raw call of the ECR API, signed. `input` is sent as it is. */
  ecr(operation: string, input: unknown): Promise<ApiAnswer>;
  /** Value of an Authorization header for /v2. */
  login(): Promise<string>;
  /** Ends the server and removes its data. */
  close(): Promise<void>;
}

export interface TestServerOptions extends ComposeOptions {
  /** Environment variables as a user would set them. */
  readonly env?: Readonly<Record<string, string>>;
  /** A directory to use and to keep, e.g. to start on it again. */
  readonly dataDir?: string;
}

export const TEST_CREDENTIALS: TestCredentials = {
  accessKeyId: 'AKIATESTTESTTESTTEST',
  secretAccessKey: 'test-secret-that-is-forty-characters-long',
};

/** Starts a server; every call makes one of its own. */
export async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { env, dataDir: given, ...composeOptions } = options;
  const dataDir = given ?? (await mkdtemp(join(tmpdir(), 'sealport-test-')));
  const { config } = loadConfig({
    flags: { host: '127.0.0.1', port: '0', 'data-dir': dataDir },
    readFile: (path) => readFileSync(path, 'utf8'),
    isTerminal: false,
    env: {
      SEALPORT_ROOT_ACCESS_KEY_ID: TEST_CREDENTIALS.accessKeyId,
      SEALPORT_ROOT_SECRET_ACCESS_KEY: TEST_CREDENTIALS.secretAccessKey,
      ...env,
    },
  });
  const sealport = await compose(config, { log: pino({ level: 'silent' }), ...composeOptions });
  const { url, port } = await sealport.listen();
  const { accountId, region } = config;

  async function ecr(operation: string, input: unknown): Promise<ApiAnswer> {
    const body = Buffer.from(typeof input === 'string' ? input : JSON.stringify(input));
    const headers = signRequest({
      ...TEST_CREDENTIALS,
      method: 'POST',
      target: '/',
      headers: {
        host: `localhost:${port}`,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AmazonEC2ContainerRegistry_V20150921.${operation}`,
      },
      body,
      region,
      service: 'ecr',
      now: options.clock?.now() ?? Date.now(),
    });
    const answer = await fetch(`${url}/`, { method: 'POST', headers, body });
    const text = await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
  }

  return {
    url,
    port,
    dataDir,
    credentials: TEST_CREDENTIALS,
    accountId,
    region,
    ecr,
    async login() {
      const { body } = await ecr('GetAuthorizationToken', {});
      const [data] = body['authorizationData'] as { authorizationToken: string }[];
      if (data === undefined) throw new Error('no login token');
      return `Basic ${data.authorizationToken}`;
    },
    async close() {
      await sealport.close();
      if (given === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}
