// A request with its Signature Version 4, made by the same code that the server verifies with.
import type { ClientCredentials } from '../../config/index.ts';
import { signRequest } from '../../http/auth/sigv4-canonical.ts';
import type { HttpRequest } from './http.ts';

export interface SigningIdentity {
  readonly credentials: ClientCredentials;
  readonly region: string;
}

/** The request with the headers that prove who sends it to `service`, valid for some minutes from now. */
export function signed(
  request: HttpRequest,
  service: 'ecr' | 'signer' | 'iam' | 'sts' | 'sealport',
  { credentials, region }: SigningIdentity,
): HttpRequest {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const headers = signRequest({
    method: request.method,
    target: `${request.url.pathname}${request.url.search}`,
    headers: {
      ...request.headers,
      host: request.url.host,
      ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
    },
    body: request.body ?? new Uint8Array(0),
    accessKeyId,
    secretAccessKey,
    region,
    service,
    now: Date.now(),
  });
  return { ...request, headers };
}
