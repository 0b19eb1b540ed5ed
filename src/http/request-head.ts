// What a request's head may look like, whichever surface it is for. What is refused here is what parsers along the way
// could read in two ways, or what no client needs.
import type { IncomingMessage } from 'node:http';
import { type Refusal, refusal } from './refusal.ts';

/** Bytes of path and query. */
export const MAX_TARGET_BYTES = 8192;
export const MAX_HEADERS = 100;

/**
 * Headers that a request may have once. Node keeps the first of some and joins the others; a proxy or a
 * signature may have looked at the second.
 */
const ONCE: readonly string[] = [
  'authorization',
  'content-range',
  'content-type',
  'expect',
  'host',
  'transfer-encoding',
  'x-amz-content-sha256',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-target',
];
/** A bit for each. */
const BIT_OF: ReadonlyMap<string, number> = new Map(ONCE.map((name, at) => [name, 1 << at]));

/** Why the head is refused; undefined when it is not. */
export function refusalOfHead(request: IncomingMessage): Refusal | undefined {
  const { rawHeaders, url = '/', headers, httpVersion } = request;
  if (url.length > MAX_TARGET_BYTES) {
    const message = `The path and query of the request must not be longer than ${MAX_TARGET_BYTES} bytes`;
    return refusal(414, 'RequestUriTooLongException', message);
  }
  if (rawHeaders.length > 2 * MAX_HEADERS) {
    const message = `The request must not have more than ${MAX_HEADERS} headers`;
    return refusal(431, 'RequestHeaderTooLargeException', message);
  }
  const twice = repeated(rawHeaders);
  if (twice !== undefined) {
    return refusal(400, 'MalformedHttpRequestException', `The header '${twice}' is there twice`);
  }
  const { expect } = headers;
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') {
    const message = 'The only expectation that is understood is 100-continue';
    return refusal(417, 'ExpectationFailedException', message);
  }
  const encoding = headers['transfer-encoding'];
  if (encoding === undefined) return undefined;
  if (httpVersion !== '1.1') {
    return refusal(400, 'MalformedHttpRequestException', 'HTTP/1.0 has no Transfer-Encoding');
  }
  if (encoding.toLowerCase() !== 'chunked') {
    return refusal(
      501,
      'NotImplementedException',
      'The only Transfer-Encoding that is understood is chunked',
    );
  }
  return undefined;
}

function repeated(rawHeaders: readonly string[]): string | undefined {
  let seen = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? '';
    const bit = BIT_OF.get(name) ?? 0;
    if ((seen & bit) !== 0) return name;
    seen |= bit;
  }
  return undefined;
}
