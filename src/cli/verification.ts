// Verifies an image's signatures as a Notary Project verifier does: the manifest, its referrers of the signature
// type, each envelope, each check. What the registry says is not believed: content is compared with digests,
// trust comes from the caller's material alone.
import { fromPem } from '../domain/pki/index.ts';
import { maxEnvelopeBytes, type TrustAnchor, verifySignature } from '../domain/signing/notary/index.ts';
import { type Digest, isDigest } from '../shared/digest.ts';
import { COSE, JOSE_JSON, NOTARY_SIGNATURE } from '../shared/media-types.ts';
import type { Descriptor, FetchedManifest } from './client/registry.ts';
import type { Session } from './client/session.ts';
import { CommandError } from './errors.ts';
import { formatImageReference, type ImageReference } from './image-reference.ts';
import { statementFor, type TrustMaterial, type TrustStatement } from './trust-material.ts';

/** notation's own limit on how many signatures of one image are looked at. */
const MAX_SIGNATURES = 100;

export type CheckOutcome = 'passed' | 'failed' | 'skipped';

export interface ReportedCheck {
  readonly name: string;
  readonly outcome: CheckOutcome;
  readonly detail: string;
}

export interface SignatureReport {
  /** Of the signature's manifest. */
  readonly digest: Digest;
  readonly verified: boolean;
  /** ISO 8601; as signed, to be believed only when verified. */
  readonly signingTime?: string;
  readonly checks: readonly ReportedCheck[];
}

export interface ImageReport {
  readonly repositoryName: string;
  readonly digest: Digest;
  /** Name of the policy statement that was applied. */
  readonly policy: string;
  readonly verified: boolean;
  readonly signatures: readonly SignatureReport[];
}

/**
 * Verifies an image; it is verified when at least one signature passes every check.
 * Throws CommandError when the image or a fitting policy statement is missing.
 */
export async function verifyImage(
  session: Session,
  reference: ImageReference,
  trust: TrustMaterial,
): Promise<ImageReport> {
  const { repositoryName } = reference;
  const host = reference.host ?? new URL(session.config.endpoint).host;
  const statement = statementFor(trust, `${host}/${repositoryName}`);
  if (statement === undefined)
    throw new CommandError(`the trust policy has no statement for ${host}/${repositoryName}`);
  if (statement.level === 'skip')
    throw new CommandError(
      `the trust policy says that ${host}/${repositoryName} is not verified (level skip)`,
    );
  const manifest = await resolveManifest(session, reference);
  const anchors = anchorsOf(statement);
  const found = await session.registry.referrers(repositoryName, manifest.digest, NOTARY_SIGNATURE);
  if (found.length > MAX_SIGNATURES)
    throw new CommandError(
      `the image has ${found.length} signatures; more than ${MAX_SIGNATURES} are not looked at`,
    );
  const signatures: SignatureReport[] = [];
  for (const { digest } of found)
    signatures.push(await judgeSignature(session, repositoryName, digest, manifest, statement, anchors));
  return {
    repositoryName,
    digest: manifest.digest,
    policy: statement.name,
    verified: signatures.some(({ verified }) => verified),
    signatures,
  };
}

async function resolveManifest(session: Session, reference: ImageReference): Promise<FetchedManifest> {
  const { repositoryName, tag, digest } = reference;
  const manifest = await session.registry.manifest(repositoryName, digest ?? tag ?? 'latest');
  if (manifest === undefined) throw new CommandError(`there is no ${formatImageReference(reference)}`);
  if (digest !== undefined && tag !== undefined) {
    const tagged = await session.registry.manifest(repositoryName, tag);
    if (tagged?.digest !== digest) throw new CommandError(`the tag ${tag} does not point at ${digest}`);
  }
  return manifest;
}

async function judgeSignature(
  session: Session,
  repositoryName: string,
  digest: Digest,
  manifest: FetchedManifest,
  statement: TrustStatement,
  anchors: readonly TrustAnchor[],
): Promise<SignatureReport> {
  const fetched = await session.registry.manifest(repositoryName, digest);
  if (fetched === undefined) return unreadable(digest, 'the signature manifest is listed but is not there');
  const layer = envelopeOf(fetched.bytes, manifest.digest);
  if (typeof layer === 'string') return unreadable(digest, layer);
  const envelope = await session.registry.blob(repositoryName, layer.digest, maxEnvelopeBytes);
  const { verified, checks, facts } = verifySignature({
    envelope,
    mediaType: layer.mediaType,
    trustAnchors: anchors,
    trustedIdentities: statement.trustedIdentities,
    artifact: { mediaType: manifest.mediaType, digest: manifest.digest, size: manifest.bytes.length },
    now: Date.now(),
  });
  return {
    digest,
    verified,
    ...(facts?.signingTime !== undefined && { signingTime: new Date(facts.signingTime).toISOString() }),
    checks,
  };
}

/** The one layer of a signature manifest, or what is wrong with the manifest. */
function envelopeOf(bytes: Buffer, subject: Digest): Descriptor | string {
  let document: unknown;
  try {
    document = JSON.parse(bytes.toString('utf8'));
  } catch {
    return 'the signature manifest is no JSON';
  }
  const { layers, subject: named } = (document ?? {}) as { layers?: unknown; subject?: { digest?: unknown } };
  if (named?.digest !== subject) return 'the signature manifest names another subject';
  if (!Array.isArray(layers) || layers.length !== 1) return 'the signature manifest must have one layer';
  const { mediaType, digest, size } = (layers[0] ?? {}) as Partial<Record<keyof Descriptor, unknown>>;
  if (mediaType !== JOSE_JSON && mediaType !== COSE)
    return `the signature is neither ${JOSE_JSON} nor ${COSE}`;
  if (typeof digest !== 'string' || !isDigest(digest) || typeof size !== 'number')
    return 'the signature manifest has no proper layer descriptor';
  if (size > maxEnvelopeBytes) return `the signature is larger than ${maxEnvelopeBytes} bytes`;
  return { mediaType, digest, size };
}

function unreadable(digest: Digest, detail: string): SignatureReport {
  return { digest, verified: false, checks: [{ name: 'manifest', outcome: 'failed', detail }] };
}

function anchorsOf(statement: TrustStatement): readonly TrustAnchor[] {
  return statement.stores.flatMap(({ type, certificates }) =>
    certificates.flatMap((content) => {
      // A PEM file may hold several certificates, a DER file is one.
      const pem = fromPem(Buffer.from(content).toString('latin1'));
      return (pem.length > 0 ? pem : [content]).map((certDer) => ({ type, certDer }));
    }),
  );
}
