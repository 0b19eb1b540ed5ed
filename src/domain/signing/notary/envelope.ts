// What JWS and COSE envelopes have in common: the attributes that are signed, and an envelope as read.
// Reading decides form only; verify.ts judges.
import { unreachable } from '../../../shared/assert.ts';
import type { EnvelopeAlgorithm } from '../../pki/index.ts';
import type { EnvelopeFormat, SigningScheme } from './ports.ts';

export const attributeNames = {
  signingScheme: 'io.cncf.notary.signingScheme',
  signingTime: 'io.cncf.notary.signingTime',
  authenticSigningTime: 'io.cncf.notary.authenticSigningTime',
  expiry: 'io.cncf.notary.expiry',
  timestampSignature: 'io.cncf.notary.timestampSignature',
  verificationPlugin: 'io.cncf.notary.verificationPlugin',
  verificationPluginMinVersion: 'io.cncf.notary.verificationPluginMinVersion',
  signingProfileVersion: 'com.amazonaws.signer.signingProfileVersion',
  signingJob: 'com.amazonaws.signer.signingJob',
} as const;

/** Larger envelopes are refused before they are read, bytes. */
export const maxEnvelopeBytes = 1024 * 1024;

/** The bytes are no envelope of the named format. */
export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError';
}

/** What goes into the protected headers. Times are epoch seconds, whole. */
export interface SignedAttributes {
  readonly algorithm: EnvelopeAlgorithm;
  readonly scheme: SigningScheme;
  readonly signingTime: number;
  readonly expiry?: number;
  /** All of them are marked critical. */
  readonly critical: readonly (readonly [name: string, value: string])[];
}

/** An envelope before its signature: sign `toBeSigned`, then `finish`. */
export interface UnsignedEnvelope {
  readonly toBeSigned: Uint8Array;
  /** `chain` is leaf to root, DER. */
  finish(signature: Uint8Array, chain: readonly Uint8Array[]): Uint8Array;
}

/** An envelope as read. Times are epoch ms. */
export interface ParsedEnvelope {
  readonly format: EnvelopeFormat;
  readonly payload: Uint8Array;
  readonly contentType: string;
  readonly algorithm: EnvelopeAlgorithm['jws'];
  readonly scheme: string;
  readonly signingTime: number | undefined;
  readonly authenticSigningTime: number | undefined;
  readonly expiry: number | undefined;
  readonly critical: readonly string[];
  /** Every other protected attribute. */
  readonly extended: ReadonlyMap<string, unknown>;
  /** Leaf to root, DER. */
  readonly chain: readonly Uint8Array[];
  readonly signature: Uint8Array;
  readonly signedBytes: Uint8Array;
  readonly timestamped: boolean;
}

/** The critical attributes of a scheme, in the order in which they are written. */
export function criticalNames(attributes: SignedAttributes): string[] {
  const names: string[] = [attributeNames.signingScheme];
  if (attributes.scheme === 'notary.x509.signingAuthority') names.push(attributeNames.authenticSigningTime);
  if (attributes.expiry !== undefined) names.push(attributeNames.expiry);
  for (const [name] of attributes.critical) names.push(name);
  return names;
}

/** The attribute that holds the signing time under a scheme. */
export function timeAttribute(scheme: SigningScheme): string {
  switch (scheme) {
    case 'notary.x509.signingAuthority':
      return attributeNames.authenticSigningTime;
    case 'notary.x509':
      return attributeNames.signingTime;
    default:
      return unreachable(scheme);
  }
}

const timeNames = [
  attributeNames.signingTime,
  attributeNames.authenticSigningTime,
  attributeNames.expiry,
] as const;

/** The notary attributes among the protected headers that have a text name. */
export function readAttributes(
  headers: ReadonlyMap<string, unknown>,
  readTime: (value: unknown) => number | undefined,
): Pick<ParsedEnvelope, 'scheme' | 'signingTime' | 'authenticSigningTime' | 'expiry' | 'extended'> {
  const extended = new Map(headers);
  const scheme = extended.get(attributeNames.signingScheme);
  if (typeof scheme !== 'string') throw new EnvelopeError('the signing scheme is missing');
  extended.delete(attributeNames.signingScheme);
  const [signingTime, authenticSigningTime, expiry] = timeNames.map((name) => {
    if (!extended.has(name)) return undefined;
    const time = readTime(extended.get(name));
    if (time === undefined) throw new EnvelopeError(`${name} is no time`);
    extended.delete(name);
    return time;
  });
  return { scheme, signingTime, authenticSigningTime, expiry, extended };
}

/** The list of critical attributes: not empty, text, each once. */
export function readCritical(value: unknown): string[] {
  if (!Array.isArray(value) || value.length === 0)
    throw new EnvelopeError('the list of critical attributes is missing');
  const names = value.filter((name) => typeof name === 'string');
  if (names.length !== value.length || new Set(names).size !== names.length)
    throw new EnvelopeError('the list of critical attributes is no list of different names');
  return names;
}
