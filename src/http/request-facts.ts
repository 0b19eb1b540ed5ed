// What policies may ask about a request, as the listener got it.
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { RequestFacts } from '../domain/access/index.ts';
import type { RequestMeta } from './surface.ts';

export function requestFacts(
  request: IncomingMessage,
  { sourceIp }: Pick<RequestMeta, 'sourceIp'>,
  region: string,
): RequestFacts {
  return {
    region,
    sourceIp,
    secureTransport: (request.socket as Partial<TLSSocket>).encrypted === true,
    userAgent: request.headers['user-agent'],
  };
}
