// A client of /v2 for the model: raw requests, a login that is renewed as the clock runs, and bodies that are cut.
import { Agent, request as httpRequest } from 'node:http';
import { apiClient } from '../helpers/api-client.ts';
import { TEST_CREDENTIALS } from '../helpers/start-server.ts';
import { DownError, type ServerProcess } from './server-process.ts';

export interface ModelAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface ModelClient {
  /** Rejects with DownError when there is no whole answer. */
  send(
    method: string,
    path: string,
    options?: { readonly headers?: Readonly<Record<string, string>>; readonly body?: Uint8Array },
  ): Promise<ModelAnswer>;
  /** Value of the Authorization header. */
  authorization(): Promise<string>;
  /** Sends the first bytes of a longer body, then breaks the connection. */
  cut(method: string, path: string, bytes: Uint8Array): Promise<void>;
  /** One call of the ECR API. */
  ecr(
    operation: string,
    input: object,
  ): Promise<{ readonly status: number; readonly body: Record<string, unknown> }>;
  close(): void;
}

/** Logins hold for twelve hours of the server's clock. */
const LOGIN_MS = 6 * 3_600_000;

export function makeModelClient(server: ServerProcess): ModelClient {
  let agent = new Agent({ keepAlive: true });
  let agentPort = 0;
  let login: { readonly until: number; readonly authorization: string } | undefined;

  const signer = () =>
    apiClient({
      url: `http://127.0.0.1:${server.port}`,
      credentials: TEST_CREDENTIALS,
      region: 'us-east-1',
      now: () => server.now(),
    });

  async function ecr(operation: string, input: object) {
    for (;;) {
      const answer = await signer()
        .ecr(operation, input)
        .catch((error: unknown) => {
          throw new DownError(String(error));
        });
      // The clock was advanced while the request was on its way, or the server has not heard of it.
      if (!/Signature (?:expired|not yet current)/.test(String(answer.body['message']))) return answer;
    }
  }

  async function authorization(): Promise<string> {
    if (login === undefined || server.now() > login.until) {
      const until = server.now() + LOGIN_MS;
      const { status, body } = await ecr('GetAuthorizationToken', {});
      if (status !== 200) throw new Error(`no login: ${status} ${JSON.stringify(body)}`);
      const [data] = body['authorizationData'] as { authorizationToken: string }[];
      login = { until, authorization: `Basic ${data?.authorizationToken}` };
    }
    return login.authorization;
  }

  function agentFor(port: number): Agent {
    if (port !== agentPort) {
      agent.destroy();
      agent = new Agent({ keepAlive: true });
      agentPort = port;
    }
    return agent;
  }

  return {
    ecr,
    authorization,
    async send(method, path, { headers = {}, body } = {}) {
      const auth = await authorization();
      const { port } = server;
      return new Promise((resolve, reject) => {
        const down = (error: Error) => reject(new DownError(error.message));
        const sent = httpRequest(
          {
            host: '127.0.0.1',
            port,
            method,
            path,
            agent: agentFor(port),
            headers: {
              authorization: auth,
              ...(method === 'GET' || method === 'HEAD' ? {} : { 'content-length': body?.length ?? 0 }),
              ...headers,
            },
          },
          (answer) => {
            const chunks: Buffer[] = [];
            answer.on('data', (chunk: Buffer) => chunks.push(chunk));
            answer.on('error', down);
            answer.on('end', () =>
              resolve({
                status: answer.statusCode ?? 0,
                headers: answer.headers,
                body: Buffer.concat(chunks),
              }),
            );
          },
        );
        sent.on('error', down);
        sent.end(body);
      });
    },
    async cut(method, path, bytes) {
      const auth = await authorization();
      await new Promise<void>((resolve) => {
        const sent = httpRequest({
          host: '127.0.0.1',
          port: server.port,
          method,
          path,
          agent: false,
          headers: { authorization: auth, 'content-length': bytes.length + 1000 },
        });
        sent.on('error', () => resolve());
        sent.on('close', () => resolve());
        sent.write(bytes, () => sent.destroy());
      });
    },
    close: () => agent.destroy(),
  };
}
