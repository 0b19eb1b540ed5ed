// Leaf certificates as a byte template: everything that is the same for one intermediate and one subject is
// written once; a job writes serial number, validity and key between. Nothing here signs.
import type { Certificate } from './certificate.ts';
import { der, derOid, derSequence, derTime, derUnsigned, tags } from './der.ts';
import { type DistinguishedName, encodeName, nameProblem } from './distinguished-name.ts';
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
