// A whole server in the test's own process: real stores in a temporary directory, real HTTP on a free port.
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type ComposeOptions, compose, type Upkeep } from '../../src/compose.ts';
import { loadConfig } from '../../src/config/index.ts';
import type { Access } from '../../src/domain/access/index.ts';
import { type ApiClient, apiClient, type TestCredentials } from './api-client.ts';

export interface TestServer extends ApiClient {
  /** `http://localhost:<port>` */
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  readonly credentials: TestCredentials;
  readonly accountId: string;
  readonly region: string;
  /** Background work that does not wait for its time. */
  readonly upkeep: Upkeep;
  /** Identities and their policies. */
  readonly access: Access;
  /** Ends the server and removes its data. */
  close(): Promise<void>;
}

export interface TestServerOptions extends ComposeOptions {
  /** Environment variables as a user would set them. */
  readonly env?: Readonly<Record<string, string>>;
  /** A free one unless told. */
  readonly port?: number;
  /** A directory to use and to keep, e.g. to start on it again. */
  readonly dataDir?: string;
}

export const TEST_CREDENTIALS: TestCredentials = {
  accessKeyId: 'AKIATESTTESTTESTTEST',
  secretAccessKey: 'test-secret-that-is-forty-characters-long',
};

/** Starts a server; every call makes one of its own. */
export async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { env, port: wanted = 0, dataDir: given, ...composeOptions } = options;
  const { clock } = options;
  const readThreads = process.env['SEALPORT_TEST_READ_THREADS'];
  const dataDir = given ?? (await mkdtemp(join(tmpdir(), 'sealport-test-')));
  const { config } = loadConfig({
    flags: { host: '127.0.0.1', port: String(wanted), 'data-dir': dataDir },
    readFile: (path) => readFileSync(path, 'utf8'),
    isTerminal: false,
    env: {
      SEALPORT_ROOT_ACCESS_KEY_ID: TEST_CREDENTIALS.accessKeyId,
      SEALPORT_ROOT_SECRET_ACCESS_KEY: TEST_CREDENTIALS.secretAccessKey,
      // `npm run test:threads`: the same again, with pulls answered by threads. They know no clock but the system's.
      ...(readThreads === undefined || clock !== undefined
        ? {}
        : { SEALPORT_READ_THREADS: readThreads, SEALPORT_LOG_LEVEL: 'fatal' }),
      ...env,
    },
  });
  const sealport = await compose(config, { log: pino({ level: 'silent' }), ...composeOptions });
  const { url, port } = await sealport.listen().catch(async (error: unknown) => {
    await sealport.close();
    throw error;
  });
  const { accountId, region } = config;

  const client = apiClient({
    url,
    credentials: TEST_CREDENTIALS,
    region,
    ...(clock === undefined ? {} : { now: () => clock.now() }),
  });
  return {
    ...client,
    url,
    port,
    dataDir,
    credentials: TEST_CREDENTIALS,
    accountId,
    region,
    access: sealport.access,
    upkeep: sealport.upkeep,
    async close() {
      await sealport.close();
      if (given === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}
