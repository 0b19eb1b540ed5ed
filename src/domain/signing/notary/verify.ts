// Full verification of a Notary Project signature, at level strict (trust-store-trust-policy.md, Signature
// Evaluation): for the worker's own output and for `sealport verify`. Every check is reported; a signature is
// verified only when none failed. Never trusts what it has not checked.
import { constants, verify } from 'node:crypto';
import { COSE, JOSE_JSON, NOTARY_PAYLOAD } from '../../../shared/media-types.ts';
import {
  type Certificate,
  chainValidityProblem,
  codeSigningChainProblem,
  DerError,
  maxChainLength,
  parseCertificate,
  type SignatureCheck,
  signatureAlgorithmOf,
} from '../../pki/index.ts';
import { parseCose } from './cose.ts';
import { criticalProblem, signingTimeOf } from './critical.ts';
import { attributeNames, EnvelopeError, maxEnvelopeBytes, type ParsedEnvelope } from './envelope.ts';
import { identityProblem } from './identity.ts';
import { parseJws } from './jws.ts';
import { PayloadError, parsePayload } from './payload.ts';
import type { ArtifactDescriptor } from './ports.ts';

export type CheckName =
  | 'envelope'
  | 'critical-attributes'
  | 'certificate-chain'
  | 'signature'
  | 'payload'
  | 'trust-store'
  | 'identity'
  | 'validity'
  | 'expiry'
  | 'revocation';

export interface Check {
  readonly name: CheckName;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** One sentence: what was found, or why it was skipped. */
  readonly detail: string;
}

/** A certificate of a trust store: `ca` is for scheme notary.x509, `signingAuthority` for the other one. */
export interface TrustAnchor {
  readonly type: 'ca' | 'signingAuthority';
  readonly certDer: Uint8Array;
}

export interface VerificationInput {
  readonly envelope: Uint8Array;
  /** Of the envelope's layer: `application/jose+json` or `application/cose`. */
  readonly mediaType: string;
  readonly trustAnchors: readonly TrustAnchor[];
  /** As in a trust policy: `*`, `x509.subject: …`, or an ARN of a signing profile or of one of its versions. */
  readonly trustedIdentities: readonly string[];
  /** The manifest as it was resolved; without it the payload's target is reported and not compared. */
  readonly artifact?: ArtifactDescriptor;
  /** Epoch ms. */
  readonly now: number;
}

/** Who signed what, as the envelope says; to be believed only when verified. Times are epoch ms. */
export interface SignatureFacts {
  readonly scheme: string;
  readonly signingTime: number | undefined;
  readonly expiry: number | undefined;
  readonly target: ArtifactDescriptor | undefined;
  readonly leaf: Certificate | undefined;
  readonly thumbprints: readonly string[];
}

export interface Verification {
  readonly verified: boolean;
  readonly checks: readonly Check[];
  readonly facts: SignatureFacts | undefined;
}

/** How long a chain of certificates may be remembered is the caller's choice; reading and checking are injected. */
export interface VerificationTools {
  readonly parse: (der: Uint8Array) => Certificate;
  readonly signed: SignatureCheck;
}

const plainTools: VerificationTools = {
  parse: parseCertificate,
  signed: (certificate, issuer) => certificate.signedBy(issuer.publicKey),
};

/** Verifies one signature. Never throws on bad input: what is wrong is in the checks. */
export function verifySignature(
  input: VerificationInput,
  tools: VerificationTools = plainTools,
): Verification {
  const envelope = attempt(() => parseEnvelope(input.envelope, input.mediaType));
  if (!envelope.ok) {
    const checks = allNames.map((name) =>
      name === 'envelope' ? failed(name, envelope.problem) : skipped(name, 'the envelope could not be read'),
    );
    return { verified: false, checks, facts: undefined };
  }
  const parsed = envelope.value;
  const chain = attempt(() => {
    if (parsed.chain.length > maxChainLength) throw new EnvelopeError('the certificate chain is too long');
    return parsed.chain.map((der) => tools.parse(der));
  });
  const certificates = chain.ok ? chain.value : [];
  const target = attempt(() => parsePayload(parsed.payload));
  const trusted = chain.ok
    ? chainCheck(certificates, tools.signed)
    : failed('certificate-chain', chain.problem);
  const signingTime = signingTimeOf(parsed);

  const checks: Check[] = [
    passed('envelope', `${parsed.format.toUpperCase()}, ${parsed.algorithm}, scheme ${parsed.scheme}`),
    judge('critical-attributes', criticalProblem(parsed), `understood: ${parsed.critical.join(', ')}`),
    trusted,
    signatureCheck(parsed, certificates[0]),
    payloadCheck(parsed, target, input.artifact),
    trustStoreCheck(parsed, certificates, input.trustAnchors),
    identityCheck(parsed, certificates[0], input.trustedIdentities),
    validityCheck(parsed, certificates, signingTime, input.now),
    expiryCheck(parsed, input.now),
    revocationCheck(certificates),
  ];
  return {
    verified: checks.every((check) => check.outcome !== 'failed'),
    checks,
    facts: {
      scheme: parsed.scheme,
      signingTime,
      expiry: parsed.expiry,
      target: target.ok ? target.value : undefined,
      leaf: certificates[0],
      thumbprints: certificates.map((certificate) => certificate.thumbprint),
    },
  };
}

const allNames: readonly CheckName[] = [
  'envelope',
  'critical-attributes',
  'certificate-chain',
  'signature',
  'payload',
  'trust-store',
  'identity',
  'validity',
  'expiry',
  'revocation',
];

function passed(name: CheckName, detail: string): Check {
  return { name, outcome: 'passed', detail };
}

function failed(name: CheckName, detail: string): Check {
  return { name, outcome: 'failed', detail };
}

function skipped(name: CheckName, detail: string): Check {
  return { name, outcome: 'skipped', detail };
}

function judge(name: CheckName, problem: string | undefined, detail: string): Check {
  return problem === undefined ? passed(name, detail) : failed(name, problem);
}

type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** Runs a reader; what it finds wrong with the input is a result, anything else is a fault and goes on. */
function attempt<T>(read: () => T): Attempt<T> {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    if (error instanceof EnvelopeError || error instanceof DerError || error instanceof PayloadError)
      return { ok: false, problem: error.message };
    throw error;
  }
}

function parseEnvelope(bytes: Uint8Array, mediaType: string): ParsedEnvelope {
  if (bytes.length > maxEnvelopeBytes)
    throw new EnvelopeError(`the envelope is larger than ${maxEnvelopeBytes} bytes`);
  switch (mediaType) {
    case JOSE_JSON:
      return parseJws(bytes);
    case COSE:
      return parseCose(bytes);
    default:
      throw new EnvelopeError(`envelopes of type ${mediaType.slice(0, 100)} are not known`);
  }
}

function chainCheck(chain: readonly Certificate[], signed: SignatureCheck): Check {
  return judge(
    'certificate-chain',
    codeSigningChainProblem(chain, signed),
    `${chain.length} certificate(s), leaf ${chain[0]?.thumbprint.slice(0, 16)}`,
  );
}

function signatureCheck(envelope: ParsedEnvelope, leaf: Certificate | undefined): Check {
  if (leaf === undefined) return failed('signature', 'there is no certificate to check it with');
  const algorithm = signatureAlgorithmOf(leaf.publicKey);
  if (algorithm === undefined) return failed('signature', 'the key of the signing certificate may not sign');
  if (algorithm.jws !== envelope.algorithm)
    return failed(
      'signature',
      `the envelope says ${envelope.algorithm}, the signing certificate's key is for ${algorithm.jws}`,
    );
  const key =
    algorithm.kind === 'ecdsa'
      ? ({ key: leaf.publicKey, dsaEncoding: 'ieee-p1363' } as const)
      : {
          key: leaf.publicKey,
          padding: constants.RSA_PKCS1_PSS_PADDING,
          saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
        };
  const good =
    envelope.signature.length === algorithm.signatureBytes &&
    verify(algorithm.hash, envelope.signedBytes, key, envelope.signature);
  return judge('signature', good ? undefined : 'the signature does not verify', algorithm.jws);
}

function payloadCheck(
  envelope: ParsedEnvelope,
  target: Attempt<ArtifactDescriptor>,
  artifact: ArtifactDescriptor | undefined,
): Check {
  if (envelope.contentType !== NOTARY_PAYLOAD)
    return failed('payload', `content type is not ${NOTARY_PAYLOAD}`);
  if (!target.ok) return failed('payload', target.problem);
  const { mediaType, digest, size, annotations } = target.value;
  if (artifact === undefined) return passed('payload', `${digest}, compared with nothing`);
  if (digest !== artifact.digest)
    return failed('payload', `signed ${digest}, the manifest is ${artifact.digest}`);
  if (mediaType !== artifact.mediaType)
    return failed('payload', `signed media type ${mediaType}, the manifest has ${artifact.mediaType}`);
  if (size !== artifact.size)
    return failed('payload', `signed size ${size}, the manifest has ${artifact.size} bytes`);
  for (const [name, value] of Object.entries(artifact.annotations ?? {})) {
    const signedValue =
      annotations !== undefined && Object.hasOwn(annotations, name) ? annotations[name] : undefined;
    if (signedValue !== value)
      return failed('payload', `annotation ${name} is not signed with the wanted value`);
  }
  return passed('payload', digest);
}

function trustStoreCheck(
  envelope: ParsedEnvelope,
  chain: readonly Certificate[],
  anchors: readonly TrustAnchor[],
): Check {
  const type = envelope.scheme === 'notary.x509.signingAuthority' ? 'signingAuthority' : 'ca';
  const found = chain.find((certificate) =>
    anchors.some((anchor) => anchor.type === type && Buffer.compare(anchor.certDer, certificate.der) === 0),
  );
  if (found === undefined)
    return failed('trust-store', `no certificate of the chain is in a trust store of type ${type}`);
  return passed('trust-store', `certificate ${found.thumbprint.slice(0, 16)} is trusted (${type})`);
}

function identityCheck(
  envelope: ParsedEnvelope,
  leaf: Certificate | undefined,
  identities: readonly string[],
): Check {
  if (leaf === undefined) return failed('identity', 'there is no signing certificate');
  const version = envelope.extended.get(attributeNames.signingProfileVersion);
  const problem = identityProblem(identities, leaf, typeof version === 'string' ? version : undefined);
  return judge('identity', problem, leaf.subject.map(({ value }) => value).join(', '));
}

/**
 * Scheme signingAuthority: every certificate valid at the authentic signing time. Scheme notary.x509: valid
 * now, because nobody but a time stamping authority could vouch for another time, and time stamps are not read.
 */
function validityCheck(
  envelope: ParsedEnvelope,
  chain: readonly Certificate[],
  signingTime: number | undefined,
  now: number,
): Check {
  if (chain.length === 0) return failed('validity', 'there are no certificates');
  const authority = envelope.scheme === 'notary.x509.signingAuthority';
  const time = authority ? signingTime : now;
  if (time === undefined) return failed('validity', 'there is no signing time');
  if (signingTime !== undefined && authority && signingTime > now + clockSkew)
    return failed('validity', 'the signing time lies in the future');
  const problem = chainValidityProblem(chain, time);
  const note = !authority && envelope.timestamped ? ' (its time stamp is not read)' : '';
  return judge(
    'validity',
    problem === undefined ? undefined : problem + note,
    `every certificate is valid ${authority ? 'at the signing time' : 'now'}`,
  );
}

/** How far the signer's clock may be ahead of the verifier's, ms. */
const clockSkew = 5 * 60_000;

function expiryCheck(envelope: ParsedEnvelope, now: number): Check {
  if (envelope.expiry === undefined) return skipped('expiry', 'the signature has no expiry');
  const text = new Date(envelope.expiry).toISOString();
  return judge(
    'expiry',
    now > envelope.expiry ? `the signature expired at ${text}` : undefined,
    `good until ${text}`,
  );
}

const revocationExtensions = ['2.5.29.31', '1.3.6.1.5.5.7.1.1'];

function revocationCheck(chain: readonly Certificate[]): Check {
  const pointed = chain.some((certificate) =>
    revocationExtensions.some((oid) => certificate.extensions.has(oid)),
  );
  return skipped(
    'revocation',
    pointed
      ? 'revocation sources are named but were not asked'
      : 'the certificates name no revocation source',
  );
}
