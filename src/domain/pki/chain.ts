// The Notary Project's rules for a code-signing chain (signature-specification.md, Certificate
// Requirements), as the reference verifier applies them. Judges certificates of any issuer, not only ours.
import type { KeyObject } from 'node:crypto';
import type { Certificate } from './certificate.ts';
import { extendedKeyUsages, keyUsageBits, oids, soundSignatureAlgorithms } from './oids.ts';

/** Longest chain that is looked at. */
export const maxChainLength = 10;

/** Answers whether `certificate` bears a signature of `issuer`; a caller may remember answers. */
export type SignatureCheck = (certificate: Certificate, issuer: Certificate) => boolean;

const checkSignature: SignatureCheck = (certificate, issuer) => certificate.signedBy(issuer.publicKey);

/**
 * What is wrong with a chain given leaf first and root last, or undefined when it is sound. Validity in
 * time is not judged here.
 */
export function codeSigningChainProblem(
  chain: readonly Certificate[],
  signed: SignatureCheck = checkSignature,
): string | undefined {
  const [leaf] = chain;
  if (leaf === undefined) return 'the certificate chain is empty';
  if (chain.length > maxChainLength)
    return `the certificate chain has more than ${maxChainLength} certificates`;
  for (const [index, certificate] of chain.entries()) {
    const problem =
      generalProblem(certificate) ??
      issuerProblem(certificate, chain[index + 1], signed) ??
      (index === 0 ? leafProblem(certificate) : authorityProblem(certificate, index - 1));
    if (problem !== undefined) return `${describe(certificate, index, chain.length)}: ${problem}`;
  }
  return undefined;
}

/** What is wrong with the validity of a chain at a time (epoch ms), or undefined. */
export function chainValidityProblem(chain: readonly Certificate[], time: number): string | undefined {
  for (const [index, certificate] of chain.entries()) {
    if (time >= certificate.notBefore && time <= certificate.notAfter) continue;
    return `${describe(certificate, index, chain.length)}: valid from ${isoTime(certificate.notBefore)} to ${isoTime(certificate.notAfter)}, not at ${isoTime(time)}`;
  }
  return undefined;
}

function describe(certificate: Certificate, index: number, length: number): string {
  const role = index === 0 ? 'leaf' : index === length - 1 ? 'root' : 'intermediate';
  return `${role} certificate ${certificate.thumbprint.slice(0, 16)}`;
}

function isoTime(time: number): string {
  return new Date(time).toISOString().replace('.000Z', 'Z');
}

/** Extensions whose meaning is looked at (or, as policies, asks nothing of this use) and so may be critical. */
const understood: ReadonlySet<string> = new Set([
  oids.keyUsage,
  oids.extKeyUsage,
  oids.basicConstraints,
  oids.crlDistributionPoints,
  '2.5.29.32',
]);

function generalProblem(certificate: Certificate): string | undefined {
  if (!soundSignatureAlgorithms.has(certificate.signatureAlgorithm))
    return 'its signature algorithm is not accepted';
  if (certificate.notAfter < certificate.notBefore) return 'it ends before it begins';
  for (const [oid, extension] of certificate.extensions)
    if (extension.critical && !understood.has(oid)) return `critical extension ${oid} is not understood`;
  return undefined;
}

function issuerProblem(
  certificate: Certificate,
  issuer: Certificate | undefined,
  signed: SignatureCheck,
): string | undefined {
  if (issuer === undefined) {
    if (!namesSelf(certificate) || !signed(certificate, certificate))
      return 'the chain does not end with a self-signed root';
    return undefined;
  }
  if (namesSelf(certificate) && signed(certificate, certificate))
    return 'it is self-signed but is not the last';
  if (!sameBytes(certificate.issuerDer, issuer.subjectDer)) return 'its issuer is not the next certificate';
  if (!signed(certificate, issuer)) return 'its signature does not verify under the next certificate';
  return undefined;
}

function namesSelf(certificate: Certificate): boolean {
  return sameBytes(certificate.issuerDer, certificate.subjectDer);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function authorityProblem(certificate: Certificate, authoritiesBelow: number): string | undefined {
  const { basicConstraints, keyUsage } = certificate;
  if (basicConstraints?.ca !== true) return 'basic constraints must say that it is a CA';
  if (certificate.extensions.get(oids.basicConstraints)?.critical !== true)
    return 'basic constraints must be critical';
  if (basicConstraints.pathLength !== undefined && basicConstraints.pathLength < authoritiesBelow)
    return `its path length ${basicConstraints.pathLength} is less than ${authoritiesBelow}`;
  if (keyUsage === undefined || certificate.extensions.get(oids.keyUsage)?.critical !== true)
    return 'key usage must be present and critical';
  if (!keyUsage.has(keyUsageBits.keyCertSign)) return 'key usage must allow signing certificates';
  return undefined;
}

const leafKeyUsage: ReadonlySet<number> = new Set([
  keyUsageBits.digitalSignature,
  keyUsageBits.contentCommitment,
]);

const forbiddenLeafUsages: readonly (keyof typeof extendedKeyUsages)[] = [
  'any',
  'serverAuth',
  'clientAuth',
  'emailProtection',
  'timeStamping',
  'ocspSigning',
];

function leafProblem(certificate: Certificate): string | undefined {
  const { basicConstraints, keyUsage, extKeyUsage } = certificate;
  if (basicConstraints?.ca === true) return 'basic constraints must not say that it is a CA';
  if (keyUsage === undefined || certificate.extensions.get(oids.keyUsage)?.critical !== true)
    return 'key usage must be present and critical';
  if (!keyUsage.has(keyUsageBits.digitalSignature)) return 'key usage must have digitalSignature';
  for (const bit of keyUsage) if (!leafKeyUsage.has(bit)) return 'key usage must have digitalSignature only';
  for (const usage of forbiddenLeafUsages)
    if (extKeyUsage?.has(extendedKeyUsages[usage])) return `extended key usage must not have ${usage}`;
  if (signatureAlgorithmOf(certificate.publicKey) === undefined)
    return 'its key is none of RSA 2048/3072/4096, P-256, P-384, P-521';
  return undefined;
}

/** The one signature algorithm that goes with a signing key (signature-specification.md, Signature Algorithm Requirements). */
export interface EnvelopeAlgorithm {
  readonly jws: 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512';
  readonly cose: -37 | -38 | -39 | -7 | -35 | -36;
  readonly hash: 'sha256' | 'sha384' | 'sha512';
  readonly kind: 'rsa-pss' | 'ecdsa';
  /** Length of a signature, bytes. */
  readonly signatureBytes: number;
}

/** By key type and size. RSA keys that are bound to PSS by their own type are no keys of certificates here. */
const algorithms: Readonly<Record<string, EnvelopeAlgorithm>> = {
  'rsa 2048': { jws: 'PS256', cose: -37, hash: 'sha256', kind: 'rsa-pss', signatureBytes: 256 },
  'rsa 3072': { jws: 'PS384', cose: -38, hash: 'sha384', kind: 'rsa-pss', signatureBytes: 384 },
  'rsa 4096': { jws: 'PS512', cose: -39, hash: 'sha512', kind: 'rsa-pss', signatureBytes: 512 },
  'ec prime256v1': { jws: 'ES256', cose: -7, hash: 'sha256', kind: 'ecdsa', signatureBytes: 64 },
  'ec secp384r1': { jws: 'ES384', cose: -35, hash: 'sha384', kind: 'ecdsa', signatureBytes: 96 },
  'ec secp521r1': { jws: 'ES512', cose: -36, hash: 'sha512', kind: 'ecdsa', signatureBytes: 132 },
};

/** The algorithm that a signing key must be used with, or undefined for a key that may not sign. */
export function signatureAlgorithmOf(key: KeyObject): EnvelopeAlgorithm | undefined {
  const details = key.asymmetricKeyDetails;
  return algorithms[`${key.asymmetricKeyType} ${details?.namedCurve ?? details?.modulusLength}`];
}
