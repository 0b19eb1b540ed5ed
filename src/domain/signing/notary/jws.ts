// JWS envelopes: flattened JSON with exactly payload, protected, header and signature
// (signature-envelope-jws.md). Base64 is read strictly: one spelling for one value.
import { NOTARY_PAYLOAD } from '../../../shared/media-types.ts';
import type { EnvelopeAlgorithm } from '../../pki/index.ts';
import {
  attributeNames,
  criticalNames,
  EnvelopeError,
  type ParsedEnvelope,
  readAttributes,
  readCritical,
  type SignedAttributes,
  timeAttribute,
  type UnsignedEnvelope,
} from './envelope.ts';

/** Writes everything of a JWS envelope but the signature. */
export function prepareJws(payload: Uint8Array, attributes: SignedAttributes): UnsignedEnvelope {
  const protectedHeaders: Record<string, unknown> = {
    alg: attributes.algorithm.jws,
    cty: NOTARY_PAYLOAD,
    crit: criticalNames(attributes),
    [attributeNames.signingScheme]: attributes.scheme,
    [timeAttribute(attributes.scheme)]: rfc3339(attributes.signingTime),
  };
  if (attributes.expiry !== undefined) protectedHeaders[attributeNames.expiry] = rfc3339(attributes.expiry);
  for (const [name, value] of attributes.critical) protectedHeaders[name] = value;
  const protectedText = Buffer.from(JSON.stringify(protectedHeaders), 'utf8').toString('base64url');
  const payloadText = Buffer.from(payload).toString('base64url');
  return {
    toBeSigned: Buffer.from(`${protectedText}.${payloadText}`, 'latin1'),
    finish: (signature, chain) =>
      Buffer.from(
        JSON.stringify({
          payload: payloadText,
          protected: protectedText,
          header: { x5c: chain.map((der) => Buffer.from(der).toString('base64')) },
          signature: Buffer.from(signature).toString('base64url'),
        }),
        'utf8',
      ),
  };
}

const algorithmNames: readonly EnvelopeAlgorithm['jws'][] = [
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
];

/** Reads a JWS envelope. Throws EnvelopeError. */
export function parseJws(bytes: Uint8Array): ParsedEnvelope {
  const envelope = parseObject(bytes, 'the envelope');
  const names = [...envelope.keys()].sort().join();
  if (names !== 'header,payload,protected,signature')
    throw new EnvelopeError('the envelope does not have exactly payload, protected, header and signature');
  const protectedText = text(envelope.get('protected'), 'protected');
  const payloadText = text(envelope.get('payload'), 'payload');
  const headers = parseObject(decode(protectedText, 'base64url', 'protected'), 'the protected header');
  const algorithm = algorithmNames.find((name) => name === headers.get('alg'));
  if (algorithm === undefined)
    throw new EnvelopeError('the signature algorithm is not one of the specification');
  const contentType = text(headers.get('cty'), 'cty');
  const critical = readCritical(headers.get('crit'));
  for (const name of ['alg', 'cty', 'crit']) headers.delete(name);
  const unsigned = object(envelope.get('header'), 'header');
  return {
    format: 'jws',
    payload: decode(payloadText, 'base64url', 'payload'),
    contentType,
    algorithm,
    critical,
    ...readAttributes(headers, parseRfc3339),
    chain: list(unsigned.get('x5c')).map((entry) => decode(text(entry, 'x5c'), 'base64', 'x5c')),
    signature: decode(text(envelope.get('signature'), 'signature'), 'base64url', 'signature'),
    signedBytes: Buffer.from(`${protectedText}.${payloadText}`, 'latin1'),
    timestamped: unsigned.has(attributeNames.timestampSignature),
  };
}

function parseObject(bytes: Uint8Array, what: string): Map<string, unknown> {
  try {
    return object(JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)), what);
  } catch (error) {
    if (error instanceof EnvelopeError) throw error;
    throw new EnvelopeError(`${what} is no JSON in UTF-8`, { cause: error });
  }
}

function object(value: unknown, what: string): Map<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new EnvelopeError(`${what} is no object`);
  return new Map(Object.entries(value));
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new EnvelopeError('x5c is no list of certificates');
  return value;
}

function text(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new EnvelopeError(`${what} is no text`);
  return value;
}

/** Decodes base64 and refuses every spelling but the one that encoding gives. */
function decode(value: string, encoding: 'base64' | 'base64url', what: string): Uint8Array {
  const bytes = Buffer.from(value, encoding);
  if (bytes.toString(encoding) !== value) throw new EnvelopeError(`${what} is no strict ${encoding}`);
  return bytes;
}

/** `seconds` since the epoch, as `2026-01-31T23:59:59Z`. */
export function rfc3339(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

function parseRfc3339(value: unknown): number | undefined {
  if (typeof value !== 'string' || value.length > 40 || !RFC3339.test(value)) return undefined;
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : time;
}
