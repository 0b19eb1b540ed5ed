// Verifies an image's signatures as a Notary Project verifier does: the manifest, its referrers of the signature
// type, each by itself. What the registry says is not believed: content is compared with digests, trust comes from the
// caller's material alone. What others have pushed beside the good signature costs time and changes nothing.
import { hash } from 'node:crypto';
import { fromPem } from '../domain/pki/index.ts';
import type { TrustAnchor } from '../domain/signing/notary/index.ts';
import type { Digest } from '../shared/digest.ts';
import { NOTARY_SIGNATURE } from '../shared/media-types.ts';
import type { Referrer } from './client/referrers.ts';
import type { FetchedManifest } from './client/registry.ts';
import type { Session } from './client/session.ts';
import { CommandError } from './errors.ts';
import { formatImageReference, type ImageReference } from './image-reference.ts';
import { judgeSignature, type SignatureReport } from './judge-signature.ts';
import { statementFor, type TrustMaterial, type TrustStatement } from './trust-material.ts';

export interface VerificationBounds {
  /** Signatures that are looked at while none has verified. */
  readonly signatures: number;
  /** The same when one has: notation's own limit. */
  readonly signaturesOnceVerified: number;
  /** Lists, manifests and envelopes together. */
  readonly bytes: number;
  /** From the first request about signatures, ms. */
  readonly timeMs: number;
  /** For one signature, ms. */
  readonly timeOfOneMs: number;
  /** What the others have when one has verified, ms. */
  readonly timeOnceVerifiedMs: number;
}

export const VERIFICATION_BOUNDS: VerificationBounds = {
  signatures: 1000,
  signaturesOnceVerified: 100,
  bytes: 64 * 1024 * 1024,
  timeMs: 60_000,
  timeOfOneMs: 10_000,
  timeOnceVerifiedMs: 5000,
};
/** Signatures that are listed; the rest of the list is not read. */
const MAX_LISTED = 10_000;
const AT_A_TIME = 8;
/** A signature's manifest names the certificates of its chain here (signature-specification.md, OCI Signatures). */
const THUMBPRINTS = 'io.cncf.notary.x509chain.thumbprint#S256';

export interface ImageReport {
  readonly repositoryName: string;
  readonly digest: Digest;
  /** Name of the policy statement that was applied. */
  readonly policy: string;
  readonly verified: boolean;
  /** Those that say they come from a trusted issuer first. */
  readonly signatures: readonly SignatureReport[];
  /** Signatures that were listed and not looked at. */
  readonly notLookedAt: number;
  /** Why the list of signatures may be longer. */
  readonly listingProblem?: string;
}

/**
 * Verifies an image; it is verified when at least one signature passes every check.
 * Throws CommandError when the image or a fitting policy statement is missing.
 */
export async function verifyImage(
  session: Session,
  reference: ImageReference,
  trust: TrustMaterial,
  bounds: VerificationBounds = VERIFICATION_BOUNDS,
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
  const image = await resolveManifest(session, reference);
  const anchors = anchorsOf(statement);
  const deadline = performance.now() + bounds.timeMs;
  const { referrers, problem } = await session.registry.referrers(repositoryName, image.digest, {
    artifactType: NOTARY_SIGNATURE,
    annotation: THUMBPRINTS,
    maxBytes: bounds.bytes / 2,
    maxReferrers: MAX_LISTED,
    signal: AbortSignal.timeout(bounds.timeMs / 2),
  });
  const { trustedIdentities } = statement;
  const judge = { registry: session.registry, repositoryName, image, anchors, trustedIdentities };
  const signatures = await judgeAll(
    bounds,
    deadline,
    trustedFirst(referrers, anchors),
    (referrer, count, signal) => judgeSignature(judge, referrer, count, signal),
  );
  return {
    repositoryName,
    digest: image.digest,
    policy: statement.name,
    verified: signatures.some(({ verified }) => verified),
    signatures,
    notLookedAt: referrers.length - signatures.length,
    ...(problem !== undefined && { listingProblem: problem }),
  };
}

/** Judges as many as the bounds allow, in their order, a few at a time. `deadline` is of performance.now(). */
async function judgeAll(
  bounds: VerificationBounds,
  deadline: number,
  referrers: readonly Referrer[],
  judge: (
    referrer: Referrer,
    count: (bytes: number) => void,
    signal: AbortSignal,
  ) => Promise<SignatureReport>,
): Promise<readonly SignatureReport[]> {
  const reports: (SignatureReport | undefined)[] = [];
  const end = new AbortController();
  const endIn = (ms: number) => setTimeout(() => end.abort(), Math.max(0, ms));
  const timers = [endIn(deadline - performance.now())];
  let most = bounds.signatures;
  let bytesLeft = bounds.bytes / 2;
  let next = 0;

  const count = (bytes: number): void => {
    bytesLeft -= bytes;
    if (bytesLeft <= 0) end.abort();
  };

  const work = async (): Promise<void> => {
    while (next < Math.min(referrers.length, most) && !end.signal.aborted) {
      const index = next;
      next += 1;
      const referrer = referrers[index];
      if (referrer === undefined) return;
      const signal = AbortSignal.any([end.signal, AbortSignal.timeout(bounds.timeOfOneMs)]);
      const report = await judge(referrer, count, signal);
      // One that was interrupted has no result of its own.
      if (end.signal.aborted && !report.verified) return;
      reports[index] = report;
      if (report.verified && most === bounds.signatures) {
        most = bounds.signaturesOnceVerified;
        timers.push(endIn(bounds.timeOnceVerifiedMs));
      }
    }
  };

  try {
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
  return reports.filter((report) => report !== undefined);
}

/** What names a trusted certificate in its annotation comes first: a hint that costs liars nothing, but a good order. */
function trustedFirst(referrers: readonly Referrer[], anchors: readonly TrustAnchor[]): readonly Referrer[] {
  const trusted = anchors.map(({ certDer }) => hash('sha256', certDer, 'hex'));
  const named = ({ annotation = '' }: Referrer) =>
    trusted.some((thumbprint) => annotation.includes(thumbprint));
  return [...referrers.filter(named), ...referrers.filter((referrer) => !named(referrer))];
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

function anchorsOf(statement: TrustStatement): readonly TrustAnchor[] {
  return statement.stores.flatMap(({ type, certificates }) =>
    certificates.flatMap((content) => {
      // A PEM file may hold several certificates, a DER file is one.
      const pem = fromPem(Buffer.from(content).toString('latin1'));
      return (pem.length > 0 ? pem : [content]).map((certDer) => ({ type, certDer }));
    }),
  );
}
