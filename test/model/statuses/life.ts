// A real server (`sealport serve`) that is killed with -9 and started again on the same data; and how a client works with
// it: what is lost by a kill is asked again, and no answer but 503 may say that the server has failed.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiAnswer, type ApiClient, apiClient } from '../../helpers/api-client.ts';
import { type ServeProcess, startServe } from '../../helpers/serve-process.ts';
import { TEST_CREDENTIALS } from '../../helpers/start-server.ts';

const env = {
  SEALPORT_ROOT_ACCESS_KEY_ID: TEST_CREDENTIALS.accessKeyId,
  SEALPORT_ROOT_SECRET_ACCESS_KEY: TEST_CREDENTIALS.secretAccessKey,
};
const args = ['--log-level', 'error', '--log-format', 'json'];
const TRIES = 4000;

/** An answer of /v2. */
export interface Fetched {
  readonly status: number;
  readonly digest: string | null;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

export class Life {
  readonly dataDir: string;
  #server: ServeProcess | undefined;
  #client: ApiClient | undefined;
  #over = false;

  constructor(dataDir: string) {
    this.dataDir = dataDir;
  }

  get url(): string {
    return this.#server?.url ?? assert.fail('the server is down');
  }

  async start(): Promise<void> {
    const server = await startServe(this.dataDir, { env, args });
    this.#server = server;
    // The run ended while this one started.
    if (this.#over) return this.abandon();
    this.#client = apiClient({ url: server.url, credentials: TEST_CREDENTIALS, region: 'us-east-1' });
  }

  /** `kill -9`, and a start; `between`: what is done to the data while nobody runs. */
  async kill(between: () => void = () => {}): Promise<void> {
    const server = this.#server;
    this.#client = undefined;
    server?.child.kill('SIGKILL');
    await server?.result;
    between();
    await this.start();
  }

  /** Ends in order; its log must not complain of more than `allowed` says. */
  async stop(allowed: RegExp): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#client = undefined;
    server?.child.kill('SIGTERM');
    const { code = 0, stdout = '' } = (await server?.result) ?? {};
    assert.equal(code, 0, stdout);
    for (const line of stdout.split('\n')) if (line !== '') assert.match(line, allowed);
  }

  /** However it is: nothing runs afterwards. */
  async abandon(): Promise<void> {
    this.#over = true;
    this.#server?.child.kill('SIGKILL');
    await this.#server?.result;
  }

  /** Asks until there is an answer that the server stands by. Throws on any 5xx but 503. */
  async ask<T>(work: (client: ApiClient, url: string) => Promise<T>): Promise<T> {
    for (let tries = 0; tries < TRIES && !this.#over; tries += 1) {
      const client = this.#client;
      if (client !== undefined) {
        try {
          return await work(client, this.url);
        } catch (error) {
          if (!isLost(error)) throw error;
        }
      }
      await sleep(25);
    }
    throw new Error(this.#over ? 'the run is over' : 'the server does not come back');
  }

  /** A call of the ECR API that must succeed. */
  async ecr(operation: string, input: object): Promise<ApiAnswer['body']> {
    const { status, body } = await this.ask((client) => whole(client.ecr(operation, input)));
    assert.equal(status, 200, `${operation} ${JSON.stringify(input)}: ${JSON.stringify(body)}`);
    return body;
  }

  async signer(method: string, target: string, input?: object): Promise<ApiAnswer['body']> {
    const { status, body } = await this.ask((client) => whole(client.signer(method, target, input)));
    assert.equal(status, 200, `${method} ${target}: ${JSON.stringify(body)}`);
    return body;
  }

  /** Reads of /v2; 503 is an answer here when `patient` is false. */
  get(path: string, patient = true): Promise<Fetched> {
    return this.ask(async (client, url) => {
      const answer = await fetch(`${url}/v2/${path}`, {
        headers: { authorization: await client.login(), accept: '*/*' },
      });
      const bytes = Buffer.from(await answer.arrayBuffer());
      const { status, headers } = answer;
      if (status > 503 || (status >= 500 && status < 503)) throw new Error(`${status} from ${path}`);
      if (status === 503 && patient) throw new Unavailable();
      return {
        status,
        digest: headers.get('docker-content-digest'),
        mediaType: headers.get('content-type') ?? '',
        bytes,
      };
    });
  }
}

/** 503: the client may ask again. */
class Unavailable extends Error {}

async function whole(answer: Promise<ApiAnswer>): Promise<ApiAnswer> {
  const { status, body } = await answer;
  if (status === 503) throw new Unavailable();
  assert.ok(status < 500, `${status} ${JSON.stringify(body)}`);
  return answer;
}

function isLost(error: unknown): boolean {
  if (error instanceof Unavailable) return true;
  // fetch says "fetch failed" for every fault of the connection, and "terminated" for a cut answer.
  if (error instanceof TypeError) return /fetch failed|terminated|other side closed/.test(error.message);
  return error instanceof Error && error.message.startsWith('503 from ');
}
