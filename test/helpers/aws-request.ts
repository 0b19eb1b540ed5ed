// Signed AWS requests at the level of bytes, for tests that send what no SDK would.
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { signRequest } from '../../src/http/auth/sigv4-canonical.ts';

export interface Target {
  /** `http://host:port` */
  readonly url: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface RawRequest {
  readonly service: 'ecr' | 'signer' | 'iam' | 'sts' | 'sealport';
  readonly method?: string;
  /** Path and query as they go over the wire. */
  readonly target?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Sends the body in chunks, without its length. */
  readonly chunked?: boolean;
  /** Sends no signature. */
  readonly unsigned?: boolean;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const TARGET_PREFIX = 'AmazonEC2ContainerRegistry_V20150921';

/** The headers of an ECR call. */
export const ecrHeaders = (operation: string) => ({
  'content-type': 'application/x-amz-json-1.1',
  'x-amz-target': `${TARGET_PREFIX}.${operation}`,
});

/** The headers of a call that travels as a form. */
export const formHeaders = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };

/** Sends requests over kept connections; `close` ends them. Each must be answered within 20 seconds. */
export function makeRawClient(target: Target) {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const { host } = new URL(target.url);

  function send(raw: RawRequest): Promise<RawAnswer> {
    const { service, method = 'POST', target: path = '/', headers = {}, body = '' } = raw;
    const bytes = Buffer.from(body);
    const named = { host, ...headers };
    const sent =
      raw.unsigned === true
        ? named
        : signRequest({
            method,
            target: path,
            headers: named,
            body: bytes,
            ...target.credentials,
            region: 'us-east-1',
            service,
            now: Date.now(),
          });
    const length = raw.chunked === true ? {} : { 'content-length': String(bytes.length) };
    return new Promise((resolve, reject) => {
      const outgoing = request(
        target.url + path,
        { method, agent, headers: { ...sent, ...length }, timeout: 20_000 },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.once('error', reject);
          incoming.once('end', () =>
            resolve({
              status: incoming.statusCode ?? 0,
              headers: incoming.headers,
              text: Buffer.concat(chunks).toString(),
            }),
          );
        },
      );
      outgoing.once('timeout', () => outgoing.destroy(new Error('no answer within 20 seconds')));
      outgoing.once('error', reject);
      if (raw.chunked === true)
        for (let at = 0; at < bytes.length; at += 65_536) outgoing.write(bytes.subarray(at, at + 65_536));
      outgoing.end(raw.chunked === true ? undefined : bytes);
    });
  }

  return { send, close: () => agent.destroy() };
}

export type RawClient = ReturnType<typeof makeRawClient>;
