// What policies may ask about a request, as the listener got it.
import type { IncomingMessage } from 'node:http';
import type { RequestFacts } from '../domain/access/index.ts';
import type { RequestMeta } from './surface.ts';

export function requestFacts(
  request: IncomingMessage,
  { sourceIp, isEncrypted }: Pick<RequestMeta, 'sourceIp' | 'isEncrypted'>,
  region: string,
): RequestFacts {
  return {
    region,
    sourceIp,
    secureTransport: isEncrypted,
    userAgent: request.headers['user-agent'],
  };
}
