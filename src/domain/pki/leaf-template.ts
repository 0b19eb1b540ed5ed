// Leaf certificates as a byte template: everything that is the same for one intermediate and one subject is
// written once; a job writes serial number, validity and key between. Nothing here signs.
import type { Certificate } from './certificate.ts';
import { der, derOid, derSequence, derTime, derUnsigned, tags } from './der.ts';
import { type DistinguishedName, nameProblem } from './distinguished-name.ts';
import { ecdsaSha384Identifier, keyIdentifier, LintedCertificate } from './lint.ts';
import { extendedKeyUsages, oids } from './oids.ts';

/**
 * Where a verifier asks about revocation. Only `none` so far: such a certificate names no CRL and no OCSP
 * responder, and a Notary Project verifier treats it as one that cannot be revoked.
 */
export type Revocation = { readonly kind: 'none' };

export interface LeafParameters {
  /** SubjectPublicKeyInfo of a P-384 key, DER. */
  readonly spki: Uint8Array;
  /** 16 bytes, as newSerialNumber gives them. */
  readonly serial: Uint8Array;
  /** Epoch ms; cut to whole seconds. */
  readonly notBefore: number;
  /** Epoch ms; cut to whole seconds. */
  readonly notAfter: number;
}

export interface LeafTemplate {
  /** Fills the template and lints the result. Throws CertificateLintError. */
  prepare(parameters: LeafParameters): LintedCertificate;
}

/** Builds the template for leaves of one subject under one intermediate. Throws TypeError on a bad subject. */
export function makeLeafTemplate(issuer: Certificate, subject: DistinguishedName): LeafTemplate {
  const problem = nameProblem(subject);
  if (problem !== undefined) throw new TypeError(`bad certificate subject: ${problem}`);
  const version = der(0xa0, der(tags.integer, Uint8Array.of(2)));
  const algorithm = ecdsaSha384Identifier();
  const subjectDer = encodeName(subject);
  const issuerKeyId = issuer.subjectKeyId ?? new Uint8Array(0);
  const keyUsage = extension(oids.keyUsage, true, Uint8Array.of(tags.bitString, 2, 7, 0x80));
  const extKeyUsage = extension(oids.extKeyUsage, false, derSequence(derOid(extendedKeyUsages.codeSigning)));
  const authorityKeyId = extension(oids.authorityKeyIdentifier, false, derSequence(der(0x80, issuerKeyId)));

  return {
    prepare({ spki, serial, notBefore, notAfter }) {
      const subjectKeyId = extension(
        oids.subjectKeyIdentifier,
        false,
        der(tags.octetString, keyIdentifier(spki)),
      );
      const tbs = derSequence(
        version,
        derUnsigned(serial),
        algorithm,
        issuer.subjectDer,
        derSequence(derTime(notBefore), derTime(notAfter)),
        subjectDer,
        spki,
        der(0xa3, derSequence(keyUsage, extKeyUsage, subjectKeyId, authorityKeyId)),
      );
      return LintedCertificate.of(tbs, { kind: 'leaf', issuer });
    },
  };
}

function extension(oid: string, critical: boolean, value: Uint8Array): Uint8Array {
  const flag = critical ? der(tags.boolean, Uint8Array.of(0xff)) : new Uint8Array(0);
  return derSequence(derOid(oid), flag, der(tags.octetString, value));
}

/** C as PrintableString (RFC 5280, appendix A.1), the rest as UTF8String; one attribute in each part. */
function encodeName(name: DistinguishedName): Uint8Array {
  const parts = [
    namePart('2.5.4.6', tags.printableString, name.country),
    namePart('2.5.4.8', tags.utf8String, name.state),
    namePart('2.5.4.10', tags.utf8String, name.organization),
  ];
  if (name.organizationalUnit !== undefined)
    parts.push(namePart('2.5.4.11', tags.utf8String, name.organizationalUnit));
  parts.push(namePart('2.5.4.3', tags.utf8String, name.commonName));
  return derSequence(...parts);
}

function namePart(oid: string, tag: number, value: string): Uint8Array {
  return der(tags.set, derSequence(derOid(oid), der(tag, Buffer.from(value, 'utf8'))));
}
