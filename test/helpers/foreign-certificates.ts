// Certificates as others may make them, sound or not: any key, any extension. For tests of verification only;
// nothing is linted here.
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import {
  der,
  derBitString,
  derOid,
  derSequence,
  derTime,
  derUnsigned,
  tags,
} from '../../src/domain/pki/der.ts';

export interface ForeignKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export type ForeignKeyType =
  | 'P-256'
  | 'P-384'
  | 'P-521'
  | 'RSA-1024'
  | 'RSA-2048'
  | 'RSA-3072'
  | 'RSA-4096'
  | 'Ed25519';

export function makeForeignKey(type: ForeignKeyType): ForeignKey {
  if (type === 'Ed25519') return generateKeyPairSync('ed25519');
  if (type.startsWith('RSA')) return generateKeyPairSync('rsa', { modulusLength: Number(type.slice(4)) });
  return generateKeyPairSync('ec', { namedCurve: type });
}

export interface ForeignExtension {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** KeyUsage with these bits. */
export function keyUsage(bits: readonly number[], critical = true): ForeignExtension {
  const value = new Uint8Array(2);
  for (const bit of bits) value[bit >> 3] = (value[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  const used = Math.max(-1, ...bits) + 1;
  const content = value.subarray(0, Math.ceil(used / 8));
  const unused = content.length * 8 - used;
  return { oid: '2.5.29.15', critical, value: der(tags.bitString, Uint8Array.of(unused), content) };
}

export function extKeyUsage(...usages: readonly string[]): ForeignExtension {
  return { oid: '2.5.29.37', critical: false, value: derSequence(...usages.map(derOid)) };
}

export function basicConstraints(ca: boolean, pathLength?: number, critical = true): ForeignExtension {
  const parts: Uint8Array[] = [];
  if (ca) parts.push(der(tags.boolean, Uint8Array.of(0xff)));
  if (pathLength !== undefined) parts.push(derUnsigned(Uint8Array.of(pathLength)));
  return { oid: '2.5.29.19', critical, value: derSequence(...parts) };
}

export const authorityExtensions = [basicConstraints(true), keyUsage([5, 6])];
export const leafExtensions = [keyUsage([0]), extKeyUsage('1.3.6.1.5.5.7.3.3')];

/** `{C: 'US', …}` in this order; a list within the list is a multi-valued part. */
export type ForeignName = readonly (readonly [type: string, value: string])[];

const typeOids: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  C: '2.5.4.6',
  ST: '2.5.4.8',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  UID: '0.9.2342.19200300.100.1.1',
};

export function makeForeignCertificate(options: {
  readonly subject: ForeignName;
  readonly issuer: ForeignName;
  readonly key: ForeignKey;
  readonly issuerKey: ForeignKey;
  readonly extensions: readonly ForeignExtension[];
  /** Epoch ms. */
  readonly notBefore: number;
  /** Epoch ms. */
  readonly notAfter: number;
  readonly hash?: 'sha1' | 'sha256' | 'sha384';
}): Uint8Array {
  const hash = options.hash ?? 'sha256';
  const algorithm = algorithmIdentifier(options.issuerKey.privateKey, hash);
  const tbs = derSequence(
    der(0xa0, der(tags.integer, Uint8Array.of(2))),
    derUnsigned(Buffer.concat([Uint8Array.of(1), randomBytes(8)])),
    algorithm,
    encode(options.issuer),
    derSequence(derTime(options.notBefore), derTime(options.notAfter)),
    encode(options.subject),
    options.key.publicKey.export({ type: 'spki', format: 'der' }),
    der(
      0xa3,
      derSequence(
        ...options.extensions.map(({ oid, critical, value }) =>
          derSequence(
            derOid(oid),
            ...(critical ? [der(tags.boolean, Uint8Array.of(0xff))] : []),
            der(tags.octetString, value),
          ),
        ),
      ),
    ),
  );
  const signer = options.issuerKey.privateKey;
  return derSequence(
    tbs,
    algorithm,
    derBitString(sign(signer.asymmetricKeyType === 'ed25519' ? null : hash, tbs, signer)),
  );
}

function algorithmIdentifier(key: KeyObject, hash: 'sha1' | 'sha256' | 'sha384'): Uint8Array {
  if (key.asymmetricKeyType === 'ed25519') return derSequence(derOid('1.3.101.112'));
  if (key.asymmetricKeyType === 'rsa') {
    const oid = { sha1: '5', sha256: '11', sha384: '12' }[hash];
    return derSequence(derOid(`1.2.840.113549.1.1.${oid}`), Uint8Array.of(5, 0));
  }
  return derSequence(
    derOid({ sha1: '1.2.840.10045.4.1', sha256: '1.2.840.10045.4.3.2', sha384: '1.2.840.10045.4.3.3' }[hash]),
  );
}

function encode(name: ForeignName): Uint8Array {
  return derSequence(
    ...name.map(([type, value]) =>
      der(tags.set, derSequence(derOid(typeOids[type] ?? type), der(tags.utf8String, Buffer.from(value)))),
    ),
  );
}
