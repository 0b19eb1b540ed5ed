// The gate before a CA key: a certificate is judged as bytes, by another reader than the one that built it,
// and only the token that comes out can be signed (issue-certificate.ts), once.
import { hash } from 'node:crypto';
import { type Certificate, type CertificateFields, parseTbsCertificate } from './certificate.ts';
import { DerError, derOid, derSequence } from './der.ts';
import { attributeTypes, extendedKeyUsages, keyUsageBits, oids } from './oids.ts';

/** Which of our three kinds of certificate the bytes are meant to be. */
export type CertificateRole =
  | { readonly kind: 'root' }
  | { readonly kind: 'intermediate'; readonly issuer: Certificate }
  | { readonly kind: 'leaf'; readonly issuer: Certificate };

/** A certificate that breaks our own profile is a fault of ours, never of a client. */
export class CertificateLintError extends Error {
  override readonly name = 'CertificateLintError';
}

/** The right to sign one TBSCertificate once. Only `lintCertificate` makes it. */
export class LintedCertificate {
  readonly kind: CertificateRole['kind'];
  readonly serialHex: string;
  #tbs: Uint8Array | undefined;

  private constructor(kind: CertificateRole['kind'], fields: CertificateFields) {
    this.kind = kind;
    this.serialHex = fields.serialHex;
    this.#tbs = fields.tbs;
  }

  /** Judges the bytes. Throws CertificateLintError naming the rule that they break. */
  static of(tbs: Uint8Array, role: CertificateRole): LintedCertificate {
    const own = Uint8Array.from(tbs);
    const fields = readFields(own);
    const problem = profileProblem(fields, role);
    if (problem !== undefined) throw new CertificateLintError(`${role.kind} certificate: ${problem}`);
    return new LintedCertificate(role.kind, fields);
  }

  /** Gives the bytes up for signing; a second call throws. */
  take(): Uint8Array {
    const tbs = this.#tbs;
    if (tbs === undefined) throw new CertificateLintError('a linted certificate is signed once only');
    this.#tbs = undefined;
    return tbs;
  }
}

function readFields(tbs: Uint8Array): CertificateFields {
  try {
    return parseTbsCertificate(tbs);
  } catch (error) {
    if (error instanceof DerError) throw new CertificateLintError(error.message, { cause: error });
    throw error;
  }
}

/** AlgorithmIdentifier of ecdsa-with-SHA384: no parameters (RFC 5758, 3.2). */
export function ecdsaSha384Identifier(): Uint8Array {
  return derSequence(derOid(oids.ecdsaWithSha384));
}

/** SubjectPublicKeyInfo up to and with the `04` of an uncompressed P-384 point. */
const p384SpkiPrefix = '3076301006072a8648ce3d020106052b8104002203620004';

/** Key identifier: the leftmost 160 bits of SHA-256 over the public key's bits (RFC 7093, section 2, method 1). */
export function keyIdentifier(spki: Uint8Array): Uint8Array {
  return hash('sha256', spki.subarray(p384SpkiPrefix.length / 2 - 1), 'buffer').subarray(0, 20);
}

const longestValidity = 40 * 366 * 86_400_000;

function profileProblem(fields: CertificateFields, role: CertificateRole): string | undefined {
  return (
    bodyProblem(fields) ??
    subjectProblem(fields) ??
    issuerProblem(fields, role) ??
    extensionsProblem(fields, role)
  );
}

function bodyProblem(fields: CertificateFields): string | undefined {
  if (!/^[4-7][0-9a-f]{31}$/.test(fields.serialHex))
    return 'serial number is not 16 bytes that begin with bits 01';
  if (Buffer.compare(fields.signatureAlgorithmDer, ecdsaSha384Identifier()) !== 0)
    return 'signature algorithm is not ecdsa-with-SHA384';
  if (fields.spki.length !== 120 || !Buffer.from(fields.spki).toString('hex').startsWith(p384SpkiPrefix))
    return 'key is not an uncompressed point on P-384';
  if (fields.notAfter <= fields.notBefore) return 'it ends before it begins';
  if (fields.notAfter - fields.notBefore > longestValidity) return 'it is valid for more than 40 years';
  return undefined;
}

/** Every verifier must be able to name the subject: one each of C, ST, O; then OU and CN at most once. */
function subjectProblem({ subject }: CertificateFields): string | undefined {
  const seen = new Set<string>();
  for (const [index, attribute] of subject.entries()) {
    const name = attributeTypes[attribute.type];
    if (name === undefined || !['C', 'ST', 'O', 'OU', 'CN'].includes(name))
      return 'subject has an attribute of another type';
    if (seen.has(name) || attribute.rdn !== index)
      return `subject has more than one ${name}, or a multi-valued part`;
    if (attribute.value.length === 0 || attribute.value.length > 64)
      return `${name} must have 1 to 64 characters`;
    seen.add(name);
  }
  for (const name of ['C', 'ST', 'O', 'CN']) if (!seen.has(name)) return `subject has no ${name}`;
  return undefined;
}

function issuerProblem(fields: CertificateFields, role: CertificateRole): string | undefined {
  if (role.kind === 'root') {
    return Buffer.compare(fields.issuerDer, fields.subjectDer) === 0
      ? undefined
      : 'issuer is not the subject';
  }
  const { issuer } = role;
  if (Buffer.compare(fields.issuerDer, issuer.subjectDer) !== 0)
    return "issuer is not the issuing certificate's subject";
  if (issuer.basicConstraints?.ca !== true || !issuer.keyUsage?.has(keyUsageBits.keyCertSign))
    return 'the issuing certificate may not issue';
  if (role.kind === 'intermediate' && issuer.basicConstraints.pathLength === 0)
    return 'the issuing certificate may not issue to a CA';
  if (fields.notBefore < issuer.notBefore || fields.notAfter > issuer.notAfter)
    return "validity is not inside the issuing certificate's";
  return undefined;
}

function extensionsProblem(fields: CertificateFields, role: CertificateRole): string | undefined {
  const { extensions, keyUsage, basicConstraints } = fields;
  const leaf = role.kind === 'leaf';
  const wanted: [oid: string, critical: boolean][] = [
    [oids.keyUsage, true],
    [oids.subjectKeyIdentifier, false],
    leaf ? [oids.extKeyUsage, false] : [oids.basicConstraints, true],
  ];
  if (role.kind !== 'root') wanted.push([oids.authorityKeyIdentifier, false]);
  if (extensions.size !== wanted.length) return 'it has more or fewer extensions than its profile';
  for (const [oid, critical] of wanted)
    if (extensions.get(oid)?.critical !== critical)
      return `extension ${oid} is missing or has the wrong criticality`;

  const bits = leaf ? [keyUsageBits.digitalSignature] : [keyUsageBits.keyCertSign, keyUsageBits.cRLSign];
  if (keyUsage === undefined || keyUsage.size !== bits.length || !bits.every((bit) => keyUsage.has(bit)))
    return 'key usage is not that of its profile';
  if (leaf) {
    if (fields.extKeyUsage?.size !== 1 || !fields.extKeyUsage.has(extendedKeyUsages.codeSigning))
      return 'extended key usage is not codeSigning alone';
  } else if (
    basicConstraints?.ca !== true ||
    basicConstraints.pathLength !== (role.kind === 'root' ? 1 : 0)
  ) {
    return 'basic constraints are not those of its profile';
  }

  const ownId = keyIdentifier(fields.spki);
  if (fields.subjectKeyId === undefined || Buffer.compare(fields.subjectKeyId, ownId) !== 0)
    return 'subject key identifier is not that of the key';
  if (role.kind === 'root') return undefined;
  const issuerId = role.issuer.subjectKeyId;
  const named = extensions.get(oids.authorityKeyIdentifier)?.value;
  // AuthorityKeyIdentifier with [0] keyIdentifier alone: SEQUENCE, length 22, context tag 0, length 20.
  if (issuerId?.length !== 20 || named === undefined) return 'the issuing certificate has no key identifier';
  const expected = Buffer.concat([Uint8Array.of(0x30, 22, 0x80, 20), issuerId]);
  return expected.equals(named) ? undefined : "authority key identifier is not the issuer's";
}
