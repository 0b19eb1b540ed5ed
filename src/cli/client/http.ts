// One HTTP exchange with a bound on everything the other side can grow: size of the answer and time. Redirects
// are given back, not followed; nothing is retried here.
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { Agent as HttpAgent, request as httpRequest } from '../../shared/node-http.ts';
import { CommandError } from '../errors.ts';

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Longest answer that is taken, in bytes. */
  readonly maxBytes: number;
  /** Longest silence, in ms. */
  readonly timeoutMs?: number;
  /** Ends the exchange, however far it is. */
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; repeated headers joined by a comma. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

export interface HttpClient {
  /** Rejects with CommandError when there is no answer or it is too long. */
  send(request: HttpRequest): Promise<HttpResponse>;
  /** Lets the kept connections go. */
  close(): void;
}

export function makeHttpClient(): HttpClient {
  const plain = new HttpAgent({ keepAlive: true });
  const secure = new HttpsAgent({ keepAlive: true });
  return {
    send: async (request) => {
      const overTls = request.url.protocol === 'https:';
      const options = {
        method: request.method,
        agent: overTls ? secure : plain,
        headers: {
          ...request.headers,
          ...(request.body !== undefined && { 'content-length': String(request.body.length) }),
        },
        timeout: request.timeoutMs ?? 60_000,
        ...(request.signal !== undefined && { signal: request.signal }),
      };
      const sent = overTls ? httpsRequest(request.url, options) : httpRequest(request.url, options);
      try {
        return await exchange(sent, request);
      } catch (error) {
        sent.destroy();
        if (error instanceof CommandError) throw error;
        if (request.signal?.aborted === true)
          throw new CommandError(`${request.url.origin} did not answer in time`, { cause: error });
        throw unreachableServer(request.url, error);
      }
    },
    close: () => {
      plain.destroy();
      secure.destroy();
    },
  };
}

async function exchange(sent: ClientRequest, request: HttpRequest): Promise<HttpResponse> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.on('response', resolve);
    sent.on('error', reject);
    sent.on('timeout', () =>
      sent.destroy(
        new CommandError(`${request.url.origin} was silent for ${(request.timeoutMs ?? 60_000) / 1000} s`),
      ),
    );
    sent.end(request.body);
  });
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > request.maxBytes)
      throw new CommandError(
        `${request.url.origin}${request.url.pathname}: the answer is longer than ${request.maxBytes} bytes`,
      );
    chunks.push(chunk);
  }
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(response.headers))
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  return { status: response.statusCode ?? 0, headers, body: Buffer.concat(chunks, length) };
}

function unreachableServer(url: URL, error: unknown): CommandError {
  const { code, message } = error as NodeJS.ErrnoException;
  const why =
    code === 'ECONNREFUSED'
      ? 'nothing listens there; is the server running?'
      : code === 'ENOTFOUND'
        ? 'the host name is not known'
        : message || code || 'no answer';
  return new CommandError(`cannot reach ${url.origin}: ${why}`, { cause: error });
}
