// The signed payload: which manifest a signature speaks of (signature-specification.md, Payload). Bytes are
// signed and verified as they are; nothing is ever re-serialised between.
import { isDigest } from '../../../shared/digest.ts';
import { ExpectedError } from '../../../shared/expected-error.ts';
import type { ArtifactDescriptor } from './ports.ts';

/** Larger payloads are refused before they are read, bytes. */
export const maxPayloadBytes = 64 * 1024;

/** Annotations under this prefix belong to the specification. */
const reservedPrefix = 'io.cncf.notary';

const MEDIA_TYPE = /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/;

/** The bytes are no payload; the message says where, in words for the one who sent them. */
export class PayloadError extends ExpectedError {
  override readonly name = 'PayloadError';
}

/** Writes the payload for an artifact. Throws PayloadError on a descriptor that cannot be signed. */
export function buildPayload(descriptor: ArtifactDescriptor): Uint8Array {
  const { mediaType, digest, size, annotations } = descriptor;
  const withAnnotations = annotations !== undefined && Object.keys(annotations).length > 0;
  const targetArtifact = { mediaType, digest, size, ...(withAnnotations ? { annotations } : {}) };
  const bytes = Buffer.from(JSON.stringify({ targetArtifact }), 'utf8');
  refuseReserved(parsePayload(bytes));
  return bytes;
}

/** Checks a payload that somebody else wrote and wants signed. Throws PayloadError. */
export function parsePayloadToSign(bytes: Uint8Array): ArtifactDescriptor {
  const descriptor = parsePayload(bytes);
  refuseReserved(descriptor);
  return descriptor;
}

function refuseReserved(descriptor: ArtifactDescriptor): void {
  for (const key of Object.keys(descriptor.annotations ?? {}))
    if (key.startsWith(reservedPrefix))
      throw new PayloadError(`annotation ${key} uses the reserved prefix ${reservedPrefix}`);
}

/** Reads a payload: `{"targetArtifact": {mediaType, digest, size[, annotations]}}`. Throws PayloadError. */
export function parsePayload(bytes: Uint8Array): ArtifactDescriptor {
  if (bytes.length > maxPayloadBytes)
    throw new PayloadError(`payload is larger than ${maxPayloadBytes} bytes`);
  const payload = parseJson(bytes);
  refuseLookalikes(payload, ['targetArtifact']);
  const target = member(payload, 'targetArtifact');
  if (!isObject(target)) throw new PayloadError('targetArtifact is missing or is no object');
  refuseLookalikes(target, ['mediaType', 'digest', 'size', 'annotations']);
  const mediaType = member(target, 'mediaType');
  if (typeof mediaType !== 'string' || mediaType.length > 255 || !MEDIA_TYPE.test(mediaType))
    throw new PayloadError('targetArtifact.mediaType is no media type');
  const digest = member(target, 'digest');
  if (typeof digest !== 'string' || !isDigest(digest))
    throw new PayloadError('targetArtifact.digest is no sha256 or sha512 digest');
  const size = member(target, 'size');
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw new PayloadError('targetArtifact.size is no size in bytes');
  const annotations = member(target, 'annotations');
  if (annotations === undefined) return { mediaType, digest, size };
  if (!isStringMap(annotations)) throw new PayloadError('targetArtifact.annotations is no map of strings');
  return { mediaType, digest, size, annotations };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    throw new PayloadError('payload is no JSON in UTF-8', { cause: error });
  }
}

/** Some verifiers take `Digest` for `digest`; what they would read differently is not signed and not believed. */
function refuseLookalikes(value: unknown, names: readonly string[]): void {
  if (!isObject(value)) return;
  for (const key of Object.keys(value))
    if (names.some((name) => name !== key && name.toLowerCase() === key.toLowerCase()))
      throw new PayloadError(`member ${key.slice(0, 40)} differs from a known one in letter case only`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStringMap(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.values(value).every((entry) => typeof entry === 'string');
}

function member(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}
