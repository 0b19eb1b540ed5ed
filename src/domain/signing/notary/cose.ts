// COSE envelopes: a tagged COSE_Sign1 (RFC 9052, 4.2; signature-envelope-cose.md). CBOR is read strictly:
// one spelling for one value, no duplicate labels, no indefinite lengths.
import { decode, encode, Tagged } from 'cborg';
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

const labels = { algorithm: 1, critical: 2, contentType: 3, x5chain: 33 } as const;
const cborTags = { epochTime: 1, coseSign1: 18 } as const;

/** Writes everything of a COSE envelope but the signature. */
export function prepareCose(payload: Uint8Array, attributes: SignedAttributes): UnsignedEnvelope {
  const headers = new Map<number | string, unknown>([
    [labels.algorithm, attributes.algorithm.cose],
    [labels.critical, criticalNames(attributes)],
    [labels.contentType, NOTARY_PAYLOAD],
    [attributeNames.signingScheme, attributes.scheme],
    [timeAttribute(attributes.scheme), new Tagged(cborTags.epochTime, attributes.signingTime)],
  ]);
  if (attributes.expiry !== undefined)
    headers.set(attributeNames.expiry, new Tagged(cborTags.epochTime, attributes.expiry));
  for (const [name, value] of attributes.critical) headers.set(name, value);
  const protectedBytes = encode(headers);
  return {
    toBeSigned: signatureStructure(protectedBytes, payload),
    finish: (signature, chain) =>
      encode(
        new Tagged(cborTags.coseSign1, [
          protectedBytes,
          new Map<number, unknown>([[labels.x5chain, chain.map((der) => Uint8Array.from(der))]]),
          Uint8Array.from(payload),
          Uint8Array.from(signature),
        ]),
      ),
  };
}

/** Sig_structure of RFC 9052, 4.4, with no external data. */
function signatureStructure(protectedBytes: Uint8Array, payload: Uint8Array): Uint8Array {
  return encode(['Signature1', Uint8Array.from(protectedBytes), new Uint8Array(0), Uint8Array.from(payload)]);
}

const algorithmNames: ReadonlyMap<unknown, EnvelopeAlgorithm['jws']> = new Map([
  [-37, 'PS256'],
  [-38, 'PS384'],
  [-39, 'PS512'],
  [-7, 'ES256'],
  [-35, 'ES384'],
  [-36, 'ES512'],
]);

/** Reads a COSE envelope. Throws EnvelopeError. */
export function parseCose(bytes: Uint8Array): ParsedEnvelope {
  const outer = decodeStrictly(bytes, 'the envelope');
  if (!(outer instanceof Tagged) || outer.tag !== cborTags.coseSign1 || !Array.isArray(outer.value))
    throw new EnvelopeError('the envelope is no tagged COSE_Sign1');
  const parts: readonly unknown[] = outer.value;
  if (parts.length !== 4) throw new EnvelopeError('the envelope does not have four parts');
  const protectedBytes = byteString(parts[0], 'the protected header');
  const payload = byteString(parts[2], 'the payload');
  const headers = labelled(decodeStrictly(protectedBytes, 'the protected header'), 'the protected header');
  const algorithm = algorithmNames.get(headers.get(labels.algorithm));
  if (algorithm === undefined)
    throw new EnvelopeError('the signature algorithm is not one of the specification');
  const contentType = headers.get(labels.contentType);
  if (typeof contentType !== 'string') throw new EnvelopeError('the content type is no text');
  const critical = readCritical(headers.get(labels.critical));
  for (const label of [labels.algorithm, labels.critical, labels.contentType]) headers.delete(label);
  const unsigned = labelled(parts[1], 'the unprotected header');
  const chain = unsigned.get(labels.x5chain);
  if (!Array.isArray(chain)) throw new EnvelopeError('x5chain is no list of certificates');
  return {
    format: 'cose',
    payload,
    contentType,
    algorithm,
    critical,
    ...readAttributes(textLabels(headers), readEpochTime),
    chain: chain.map((entry) => byteString(entry, 'x5chain')),
    signature: byteString(parts[3], 'the signature'),
    signedBytes: signatureStructure(protectedBytes, payload),
    timestamped: unsigned.has(attributeNames.timestampSignature),
  };
}

function decodeStrictly(bytes: Uint8Array, what: string): unknown {
  try {
    return decode(bytes, {
      strict: true,
      useMaps: true,
      rejectDuplicateMapKeys: true,
      allowIndefinite: false,
      allowUndefined: false,
      allowNaN: false,
      allowInfinity: false,
      tags: Tagged.preserve(cborTags.epochTime, cborTags.coseSign1),
    });
  } catch (error) {
    throw new EnvelopeError(`${what} is no strict CBOR`, { cause: error });
  }
}

function byteString(value: unknown, what: string): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new EnvelopeError(`${what} is no byte string`);
  return value;
}

function labelled(value: unknown, what: string): Map<unknown, unknown> {
  if (!(value instanceof Map)) throw new EnvelopeError(`${what} is no map`);
  return value;
}

/** Our attributes have text labels; a further number is an attribute of COSE that nobody here understands. */
function textLabels(headers: ReadonlyMap<unknown, unknown>): Map<string, unknown> {
  const named = new Map<string, unknown>();
  for (const [label, value] of headers) {
    if (typeof label !== 'string')
      throw new EnvelopeError('the protected header has a label that is not understood');
    named.set(label, value);
  }
  return named;
}

function readEpochTime(value: unknown): number | undefined {
  if (!(value instanceof Tagged) || value.tag !== cborTags.epochTime) return undefined;
  const seconds: unknown = value.value;
  if (typeof seconds !== 'number' || !Number.isSafeInteger(seconds) || Math.abs(seconds) > 8_640_000_000_000)
    return undefined;
  return seconds * 1000;
}
