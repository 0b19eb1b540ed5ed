// Requests to /v2 exactly as a test says: raw node:http, nothing followed, nothing decoded.
import assert from 'node:assert/strict';
import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import type { TestBlob } from './images.ts';
import { startServer, type TestServer, type TestServerOptions } from './start-server.ts';

export interface OciAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface OciRequest {
  readonly headers?: OutgoingHttpHeaders;
  /** Several parts are sent with chunked transfer encoding. */
  readonly body?: Uint8Array | string | readonly Uint8Array[];
  /** false: without a login. */
  readonly login?: boolean;
}

export interface OciServer extends TestServer {
  send(method: string, target: string, options?: OciRequest): Promise<OciAnswer>;
  /** Makes a repository of a fresh name. */
  repository(): Promise<string>;
  /** Begins an upload; gives its path. */
  begin(repositoryName: string, query?: string): Promise<string>;
  /** Uploads a blob by POST and PUT. */
  push(repositoryName: string, blob: TestBlob): Promise<void>;
}

/** A server with a client for its /v2. */
export async function startOciServer(options: TestServerOptions = {}): Promise<OciServer> {
  const server = await startServer(options);
  const agent = new Agent({ keepAlive: true });
  let repositories = 0;

  const send: OciServer['send'] = async (method, target, given = {}) => {
    const { headers = {}, body, login = true } = given;
    const authorization = login ? { authorization: await server.login() } : {};
    const parts = body === undefined || typeof body === 'string' || body instanceof Uint8Array ? [] : body;
    const whole = typeof body === 'string' || body instanceof Uint8Array ? Buffer.from(body) : undefined;
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port: server.port,
          agent,
          method,
          path: target,
          headers: {
            ...authorization,
            ...(whole === undefined ? {} : { 'content-length': whole.length }),
            ...(parts.length === 0 ? {} : { 'transfer-encoding': 'chunked' }),
            ...headers,
          },
        },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('error', reject);
          answer.on('end', () =>
            resolve({
              status: answer.statusCode ?? 0,
              headers: answer.headers,
              body: Buffer.concat(chunks),
            }),
          );
        },
      );
      sent.on('error', reject);
      for (const part of parts) sent.write(part);
      sent.end(whole);
    });
  };

  const oci: OciServer = {
    ...server,
    send,
    async repository() {
      repositories += 1;
      const repositoryName = `team/app-${repositories}`;
      const made = await server.ecr('CreateRepository', { repositoryName });
      assert.equal(made.status, 200);
      return repositoryName;
    },
    async begin(repositoryName, query = '') {
      const begun = await send('POST', `/v2/${repositoryName}/blobs/uploads/${query}`);
      assert.equal(begun.status, 202, begun.body.toString());
      return String(begun.headers.location);
    },
    async push(repositoryName, { digest, bytes }) {
      const location = await oci.begin(repositoryName);
      const put = await send('PUT', `${location}?digest=${digest}`, { body: bytes });
      assert.equal(put.status, 201, put.body.toString());
    },
    async close() {
      agent.destroy();
      await server.close();
    },
  };
  return oci;
}

/** The answer's JSON body. */
export function jsonOf(answer: OciAnswer): Record<string, unknown> {
  return JSON.parse(answer.body.toString('utf8')) as Record<string, unknown>;
}

/** Checks status and code of a refusal; gives its message. */
export function refused(answer: OciAnswer, status: number, code: string): string {
  const text = answer.body.toString('utf8');
  assert.equal(answer.status, status, text);
  assert.equal(answer.headers['content-type'], 'application/json');
  const { errors } = JSON.parse(text) as { errors: { code: string; message: string }[] };
  assert.ok(errors.length > 0 && errors.every((error) => error.code === code), text);
  return errors[0]?.message ?? '';
}
