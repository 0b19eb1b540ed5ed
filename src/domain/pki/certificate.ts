// Certificates as read: the fields that issuing, linting and verifying look at, from strict DER. Reading
// decides nothing; chain.ts and lint.ts judge.
import { hash, type KeyObject, X509Certificate } from 'node:crypto';
import {
  checkInteger,
  DerError,
  type DerValue,
  expectTag,
  readBitStringBytes,
  readBoolean,
  readChildren,
  readDer,
  readNamedBits,
  readOid,
  readSmallInteger,
  readTime,
  tags,
} from './der.ts';
import { oids } from './oids.ts';

/** A certificate larger than this is refused before it is read, bytes. */
export const maxCertificateBytes = 64 * 1024;

export interface Extension {
  readonly critical: boolean;
  /** DER of the extension's own value. */
  readonly value: Uint8Array;
}

export interface NameAttribute {
  readonly type: string;
  readonly value: string;
  /** Index of the RDN that holds it; two attributes of one index are a multi-valued RDN. */
  readonly rdn: number;
}

/** What a TBSCertificate says. */
export interface CertificateFields {
  readonly tbs: Uint8Array;
  /** Content of the serial number, hex. */
  readonly serialHex: string;
  readonly signatureAlgorithm: string;
  /** The AlgorithmIdentifier, DER. */
  readonly signatureAlgorithmDer: Uint8Array;
  readonly issuerDer: Uint8Array;
  readonly subjectDer: Uint8Array;
  readonly subject: readonly NameAttribute[];
  /** Epoch ms. */
  readonly notBefore: number;
  /** Epoch ms. */
  readonly notAfter: number;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  readonly extensions: ReadonlyMap<string, Extension>;
  readonly keyUsage: ReadonlySet<number> | undefined;
  readonly extKeyUsage: ReadonlySet<string> | undefined;
  readonly basicConstraints: { readonly ca: boolean; readonly pathLength: number | undefined } | undefined;
  readonly subjectKeyId: Uint8Array | undefined;
}

export interface Certificate extends CertificateFields {
  readonly der: Uint8Array;
  readonly signature: Uint8Array;
  readonly publicKey: KeyObject;
  /** SHA-256 of `der`, lower-case hex. */
  readonly thumbprint: string;
  /** Whether the signature verifies under `key` (OpenSSL's own check, any algorithm that it knows). */
  signedBy(key: KeyObject): boolean;
}

/** Reads a certificate. Throws DerError with what is wrong with it. */
export function parseCertificate(bytes: Uint8Array): Certificate {
  if (bytes.length > maxCertificateBytes) throw new DerError('certificate is too large');
  const [tbs, algorithm, signature, ...rest] = readChildren(readDer(bytes, tags.sequence));
  if (tbs === undefined || algorithm === undefined || rest.length > 0)
    throw new DerError('not a certificate');
  const fields = parseTbsCertificate(tbs.bytes);
  if (!Buffer.from(algorithm.bytes).equals(fields.signatureAlgorithmDer))
    throw new DerError('the two signature algorithms differ');
  const openssl = readWithOpenssl(bytes);
  return {
    ...fields,
    der: bytes,
    signature: readBitStringBytes(signature),
    publicKey: openssl.publicKey,
    thumbprint: hash('sha256', bytes, 'hex'),
    signedBy: (key) => openssl.x509.verify(key),
  };
}

function readWithOpenssl(bytes: Uint8Array): { x509: X509Certificate; publicKey: KeyObject } {
  try {
    const x509 = new X509Certificate(bytes);
    return { x509, publicKey: x509.publicKey };
  } catch (error) {
    throw new DerError('not a certificate with a key that is understood', { cause: error });
  }
}

/** Reads the part of a certificate that is signed. Throws DerError. */
export function parseTbsCertificate(bytes: Uint8Array): CertificateFields {
  const [version, serial, algorithm, issuer, validity, subject, spki, ...tail] = readChildren(
    readDer(bytes, tags.sequence),
  );
  if (readSmallInteger(readDer(expectTag(version, 0xa0).content)) !== 2) throw new DerError('not version 3');
  const serialContent = expectTag(serial, tags.integer).content;
  checkInteger(serialContent);
  const algorithmValue = expectTag(algorithm, tags.sequence);
  const [notBefore, notAfter, ...moreTimes] = readChildren(expectTag(validity, tags.sequence));
  if (moreTimes.length > 0) throw new DerError('validity has more than two times');
  const extensions = parseExtensions(tail);
  const subjectValue = expectTag(subject, tags.sequence);
  return {
    tbs: bytes,
    serialHex: Buffer.from(serialContent).toString('hex'),
    signatureAlgorithm: readOid(readChildren(algorithmValue)[0]),
    signatureAlgorithmDer: algorithmValue.bytes,
    issuerDer: expectTag(issuer, tags.sequence).bytes,
    subjectDer: subjectValue.bytes,
    subject: parseName(subjectValue),
    notBefore: readTime(notBefore),
    notAfter: readTime(notAfter),
    spki: expectTag(spki, tags.sequence).bytes,
    extensions,
    keyUsage: parse(extensions, oids.keyUsage, readNamedBits),
    extKeyUsage: parse(
      extensions,
      oids.extKeyUsage,
      (value) => new Set(readChildren(expectTag(value, tags.sequence)).map(readOid)),
    ),
    basicConstraints: parse(extensions, oids.basicConstraints, parseBasicConstraints),
    subjectKeyId: parse(
      extensions,
      oids.subjectKeyIdentifier,
      (value) => expectTag(value, tags.octetString).content,
    ),
  };
}

function parse<T>(
  extensions: ReadonlyMap<string, Extension>,
  oid: string,
  read: (value: DerValue) => T,
): T | undefined {
  const extension = extensions.get(oid);
  return extension === undefined ? undefined : read(readDer(extension.value));
}

function parseExtensions(tail: readonly DerValue[]): Map<string, Extension> {
  const found = new Map<string, Extension>();
  for (const field of tail) {
    // Unique identifiers (0xa1, 0xa2 in their primitive forms) carry nothing that is used.
    if (field.tag === 0x81 || field.tag === 0x82) continue;
    const list = readDer(expectTag(field, 0xa3).content, tags.sequence);
    for (const entry of readChildren(list)) {
      const parts = readChildren(expectTag(entry, tags.sequence));
      const oid = readOid(parts[0]);
      const critical = parts.length === 3 && readBoolean(parts[1]);
      if (parts.length < 2 || parts.length > 3 || (parts.length === 3 && !critical))
        throw new DerError('bad extension');
      if (found.has(oid)) throw new DerError(`extension ${oid} appears twice`);
      found.set(oid, { critical, value: expectTag(parts.at(-1), tags.octetString).content });
    }
  }
  return found;
}

function parseBasicConstraints(value: DerValue): { ca: boolean; pathLength: number | undefined } {
  const parts = readChildren(expectTag(value, tags.sequence));
  const ca = parts[0]?.tag === tags.boolean && readBoolean(parts.shift());
  const pathLength = parts.length > 0 ? readSmallInteger(parts.shift()) : undefined;
  if (parts.length > 0) throw new DerError('bad basic constraints');
  return { ca, pathLength };
}

function parseName(name: DerValue): NameAttribute[] {
  return readChildren(name).flatMap((rdn, index) =>
    readChildren(expectTag(rdn, tags.set)).map((attribute) => {
      const [type, value, ...rest] = readChildren(expectTag(attribute, tags.sequence));
      if (rest.length > 0) throw new DerError('bad name attribute');
      return { type: readOid(type), value: parseText(value), rdn: index };
    }),
  );
}

function parseText(value: DerValue | undefined): string {
  if (value === undefined) throw new DerError('bad name attribute');
  switch (value.tag) {
    case tags.utf8String:
      try {
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value.content);
      } catch (error) {
        throw new DerError('name holds bad UTF-8', { cause: error });
      }
    case tags.printableString:
    case tags.ia5String:
    case tags.teletexString:
      return Buffer.from(value.content).toString('latin1');
    case tags.bmpString:
      if (value.content.length % 2 !== 0) throw new DerError('name holds a string of half a character');
      return Buffer.from(value.content).swap16().toString('utf16le');
    default:
      throw new DerError('name holds a string of an unknown type');
  }
}

/** PEM of a certificate, with a line end after the last line. */
export function toPem(der: Uint8Array): string {
  const base64 = Buffer.from(der).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;
}

const pemBlock = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]{1,100000})-----END CERTIFICATE-----/g;

/** The DER of every CERTIFICATE block of a PEM text; a text without any gives []. */
export function fromPem(pem: string): Uint8Array[] {
  return Array.from(pem.matchAll(pemBlock), ([, body = '']) => Uint8Array.from(Buffer.from(body, 'base64')));
}
