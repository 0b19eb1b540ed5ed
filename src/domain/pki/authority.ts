// The account's root and a profile version's intermediate. Made rarely, so the ASN.1 library builds them; it
// is loaded at the first use because it costs 14 MB and 45 ms. Keys stay behind their handles.
import { type Certificate, parseCertificate } from './certificate.ts';
import { DerError } from './der.ts';
import {
  type DistinguishedName,
  defaultLocality,
  encodeName,
  intermediateSubject,
  type Locality,
  nameProblem,
  rootSubject,
} from './distinguished-name.ts';
import { issueCertificate } from './issue-certificate.ts';
import type { Revocation } from './leaf-template.ts';
import { CertificateLintError, type CertificateRole, keyIdentifier, LintedCertificate } from './lint.ts';
import { oids } from './oids.ts';
import type { KeyHandle } from './ports.ts';
import { newSerialNumber } from './serial-number.ts';

const day = 86_400_000;

/** Certificates begin this much before they are made, for verifiers whose clock is behind, ms. */
export const backdate = 5 * 60_000;

/** A root is valid for 30 years: an intermediate made in its tenth year still has its whole time. */
export const rootValidity = 30 * 365 * day;

/**
 * An intermediate is valid for 20 years: a signature of the longest validity (135 months) made in the
 * profile's eighth year still has a valid chain at its end, which verifiers of `notary.x509` ask for.
 */
export const intermediateValidity = 20 * 365 * day;

/** A certificate as issued. Times are epoch ms. */
export interface IssuedAuthority {
  readonly certDer: Uint8Array;
  readonly serialHex: string;
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Makes the self-signed root of an account. `now` is epoch ms. */
export async function createRoot(options: {
  readonly accountId: string;
  readonly key: KeyHandle;
  readonly now: number;
  readonly locality?: Locality;
}): Promise<IssuedAuthority> {
  const subject = rootSubject(options.accountId, options.locality ?? defaultLocality);
  const notBefore = wholeSecond(options.now - backdate);
  const notAfter = notBefore + rootValidity;
  const spki = options.key.publicKeySpki();
  const tbs = await buildAuthority({ subject, spki, notBefore, notAfter, issuer: undefined });
  return issueAuthority(tbs, { kind: 'root' }, options.key);
}

/**
 * Makes the intermediate of one profile version under the account's root. It ends with the root if that ends
 * first. `now` is epoch ms.
 */
export async function createIntermediate(options: {
  readonly accountId: string;
  readonly profileName: string;
  readonly profileVersion: string;
  readonly root: { readonly certDer: Uint8Array; readonly key: KeyHandle };
  /** SubjectPublicKeyInfo of the intermediate's own key, DER. */
  readonly publicKey: Uint8Array;
  readonly now: number;
  readonly revocation: Revocation;
  readonly locality?: Locality;
}): Promise<IssuedAuthority> {
  const issuer = parseCertificate(options.root.certDer);
  const subject = intermediateSubject(
    options.accountId,
    options.profileName,
    options.profileVersion,
    options.locality ?? defaultLocality,
  );
  const notBefore = Math.max(wholeSecond(options.now - backdate), issuer.notBefore);
  const notAfter = Math.min(notBefore + intermediateValidity, issuer.notAfter);
  const tbs = await buildAuthority({ subject, spki: options.publicKey, notBefore, notAfter, issuer });
  return issueAuthority(tbs, { kind: 'intermediate', issuer }, options.root.key);
}

function wholeSecond(time: number): number {
  return Math.floor(time / 1000) * 1000;
}

/** Lints, signs, then reads the result back and checks it as a verifier would. */
async function issueAuthority(
  tbs: Uint8Array,
  role: CertificateRole,
  key: KeyHandle,
): Promise<IssuedAuthority> {
  const certDer = await issueCertificate(LintedCertificate.of(tbs, role), key);
  const certificate = parseCertificate(certDer);
  const issuer = role.kind === 'root' ? certificate : role.issuer;
  if (!certificate.signedBy(issuer.publicKey))
    throw new CertificateLintError("the issuer's key does not belong to the issuer's certificate");
  const { serialHex, notBefore, notAfter } = certificate;
  return { certDer, serialHex, notBefore, notAfter };
}

async function buildAuthority(options: {
  readonly subject: DistinguishedName;
  readonly spki: Uint8Array;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly issuer: Certificate | undefined;
}): Promise<Uint8Array> {
  const problem = nameProblem(options.subject);
  if (problem !== undefined) throw new TypeError(`bad certificate subject: ${problem}`);
  const [pkijs, asn1js] = await Promise.all([import('pkijs'), import('asn1js')]);
  const extension = (extnID: string, critical: boolean, value: { toBER(): ArrayBuffer }) =>
    new pkijs.Extension({ extnID, critical, extnValue: value.toBER() });

  const certificate = new pkijs.Certificate({ version: 2 });
  certificate.serialNumber = new asn1js.Integer({ valueHex: copy(newSerialNumber()) });
  certificate.signature = new pkijs.AlgorithmIdentifier({ algorithmId: oids.ecdsaWithSha384 });
  // The library would write all attributes as one multi-valued part, which no verifier can match.
  const name = (der: Uint8Array) =>
    new pkijs.RelativeDistinguishedNames({ schema: asn1js.fromBER(copy(der)).result });
  const subjectDer = encodeName(options.subject);
  certificate.subject = name(subjectDer);
  certificate.issuer = name(options.issuer?.subjectDer ?? subjectDer);
  certificate.notBefore = certificateTime(pkijs.Time, options.notBefore);
  certificate.notAfter = certificateTime(pkijs.Time, options.notAfter);
  certificate.subjectPublicKeyInfo = new pkijs.PublicKeyInfo({
    schema: asn1js.fromBER(copy(options.spki)).result,
  });
  const pathLenConstraint = options.issuer === undefined ? 1 : 0;
  certificate.extensions = [
    extension(
      oids.basicConstraints,
      true,
      new pkijs.BasicConstraints({ cA: true, pathLenConstraint }).toSchema(),
    ),
    // keyCertSign and cRLSign: bits 5 and 6.
    extension(
      oids.keyUsage,
      true,
      new asn1js.BitString({ valueHex: copy(Uint8Array.of(0x06)), unusedBits: 1 }),
    ),
    extension(
      oids.subjectKeyIdentifier,
      false,
      new asn1js.OctetString({ valueHex: copy(keyIdentifier(options.spki)) }),
    ),
  ];
  if (options.issuer !== undefined) {
    if (options.issuer.subjectKeyId === undefined) throw new DerError('the root has no key identifier');
    const keyId = new asn1js.OctetString({ valueHex: copy(options.issuer.subjectKeyId) });
    certificate.extensions.push(
      extension(
        oids.authorityKeyIdentifier,
        false,
        new pkijs.AuthorityKeyIdentifier({ keyIdentifier: keyId }).toSchema(),
      ),
    );
  }
  return new Uint8Array(certificate.encodeTBS().toBER());
}

/** UTCTime to 2049, GeneralizedTime from 2050 (RFC 5280, 4.1.2.5). */
function certificateTime<T>(Time: new (parameters: { type: 0 | 1; value: Date }) => T, time: number): T {
  const value = new Date(time);
  return new Time({ type: value.getUTCFullYear() < 2050 ? 0 : 1, value });
}

/** The library wants buffers of its own. */
function copy(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
