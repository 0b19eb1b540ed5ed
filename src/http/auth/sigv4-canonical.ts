// The canonical form of AWS Signature Version 4, and signing with it: what the verifier and our own clients share.
// Source: AWS General Reference, "Create a signed AWS API request".
import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import { ExpectedError } from '../../shared/expected-error.ts';

export const ALGORITHM = 'AWS4-HMAC-SHA256';

export type SigV4ErrorCode =
  | 'MissingAuthenticationTokenException'
  | 'IncompleteSignatureException'
  | 'InvalidSignatureException'
  | 'UnrecognizedClientException'
  | 'ExpiredTokenException';

/** Why a signature was not accepted; the code is AWS's, the message is safe to show. */
export class SigV4Error extends ExpectedError {
  override readonly name = 'SigV4Error';
  readonly code: SigV4ErrorCode;

  constructor(code: SigV4ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const encoder = (character: string) =>
  `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;

/** RFC 3986 percent-encoding of everything but unreserved characters. */
export function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, encoder);
}

/**
 * Every service but S3 encodes each segment of the path once more and signs the normalised path. Dot segments
 * are not resolved: no operation has them, and a path that has some must not be read as another one.
 */
function canonicalPath(path: string): string {
  if (path === '' || path === '/') return '/';
  return path
    .split('/')
    .map((segment) => encodeRfc3986(segment))
    .join('/');
}

function decodeQueryPart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new SigV4Error('IncompleteSignatureException', 'The query string is not valid percent-encoding.');
  }
}

export function queryPairs(query: string): [string, string][] {
  if (query === '') return [];
  return query.split('&').map((part) => {
    const at = part.indexOf('=');
    const [key, value] = at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
    return [decodeQueryPart(key), decodeQueryPart(value)];
  });
}

function canonicalQuery(pairs: readonly [string, string][]): string {
  if (pairs.length === 0) return '';
  return pairs
    .map(([key, value]) => [encodeRfc3986(key), encodeRfc3986(value)] as const)
    .sort((a, b) => (a[0] === b[0] ? (a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0) : a[0] < b[0] ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
    .join('&');
}

/** Headers by lower-case name; the values of one that is repeated, in their order. */
export type SignableHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export function headerText(value: string | readonly string[] | undefined): string | undefined {
  if (value === undefined) return undefined;
  const values = typeof value === 'string' ? [value] : value;
  return values.map((text) => text.trim().replace(/\s+/g, ' ')).join(',');
}

export function canonicalRequest(
  method: string,
  path: string,
  query: readonly [string, string][],
  headers: SignableHeaders,
  signedHeaders: readonly string[],
  payloadHash: string,
): string {
  let lines = '';
  for (const name of signedHeaders) {
    const text = headerText(headers[name]);
    if (text === undefined) {
      throw new SigV4Error('InvalidSignatureException', `The signed header '${name}' is not in the request.`);
    }
    lines += `${name}:${text}\n`;
  }
  return `${method}\n${canonicalPath(path)}\n${canonicalQuery(query)}\n${lines}\n${signedHeaders.join(';')}\n${payloadHash}`;
}

function hmac(key: KeyObject | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

export function deriveSigningKey(secret: string, date: string, region: string, service: string): KeyObject {
  const forDate = hmac(Buffer.from(`AWS4${secret}`), date);
  return createSecretKey(hmac(hmac(hmac(forDate, region), service), 'aws4_request'));
}

export function sign(key: KeyObject, amzDate: string, scope: string, canonical: string): Buffer {
  return hmac(key, `${ALGORITHM}\n${amzDate}\n${scope}\n${hash('sha256', canonical, 'hex')}`);
}

/**
 * Headers that sign a request (header form). `headers` must hold `host`; names are lower case.
 * Gives `headers` with `x-amz-date` and `authorization` added.
 */
export function signRequest(options: {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  readonly service: string;
  /** Epoch ms. */
  readonly now: number;
}): Record<string, string> {
  const amzDate = new Date(options.now).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const headers = { ...options.headers, 'x-amz-date': amzDate };
  const signedHeaders = Object.keys(headers).sort();
  const mark = options.target.indexOf('?');
  const canonical = canonicalRequest(
    options.method,
    mark < 0 ? options.target : options.target.slice(0, mark),
    queryPairs(mark < 0 ? '' : options.target.slice(mark + 1)),
    headers,
    signedHeaders,
    hash('sha256', options.body, 'hex'),
  );
  const date = amzDate.slice(0, 8);
  const scope = `${date}/${options.region}/${options.service}/aws4_request`;
  const key = deriveSigningKey(options.secretAccessKey, date, options.region, options.service);
  const signature = sign(key, amzDate, scope, canonical).toString('hex');
  return {
    ...headers,
    authorization: `${ALGORITHM} Credential=${options.accessKeyId}/${scope}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`,
  };
}
