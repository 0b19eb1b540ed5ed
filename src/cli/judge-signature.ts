// Judges one signature of an image: its manifest, its envelope, each check. Whatever is wrong with it, or with what the
// registry gives for it, is its own result: anybody who may push can add something that calls itself a signature.
import { maxEnvelopeBytes, type TrustAnchor, verifySignature } from '../domain/signing/notary/index.ts';
import { type Digest, isDigest } from '../shared/digest.ts';
import { COSE, JOSE_JSON } from '../shared/media-types.ts';
import type { Referrer } from './client/referrers.ts';
import type { FetchedManifest, RegistryClient } from './client/registry.ts';
import { CommandError } from './errors.ts';

/** A manifest as other registries take it is not longer. */
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

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
  /** One failed check alone, `manifest` or `content`, when there was no envelope to check. */
  readonly checks: readonly ReportedCheck[];
}

export interface JudgeDeps {
  readonly registry: Pick<RegistryClient, 'manifest' | 'blob'>;
  readonly repositoryName: string;
  readonly image: FetchedManifest;
  readonly anchors: readonly TrustAnchor[];
  readonly trustedIdentities: readonly string[];
}

/** Called with the bytes of each download; throws CommandError when there were too many. */
export type CountBytes = (bytes: number) => void;

/** Never rejects on what the registry gives or does not give. */
export async function judgeSignature(
  deps: JudgeDeps,
  { digest, sizeBytes }: Referrer,
  count: CountBytes,
  signal: AbortSignal,
): Promise<SignatureReport> {
  const { registry, repositoryName, image } = deps;
  let step = 'manifest';
  const wrong = (detail: string): SignatureReport => ({
    digest,
    verified: false,
    checks: [{ name: step, outcome: 'failed', detail }],
  });
  try {
    if (!(sizeBytes <= MAX_MANIFEST_BYTES))
      return wrong(`the signature manifest is larger than ${MAX_MANIFEST_BYTES} bytes`);
    const fetched = await registry.manifest(repositoryName, digest, { signal });
    if (fetched === undefined) return wrong('the signature manifest is listed but is not there');
    count(fetched.bytes.length);
    if (fetched.bytes.length !== sizeBytes)
      return wrong(
        `the signature manifest is listed with ${sizeBytes} bytes and has ${fetched.bytes.length}`,
      );
    const layer = envelopeOf(fetched.bytes, image.digest);
    if (typeof layer === 'string') return wrong(layer);
    step = 'content';
    const envelope = await registry.blob(repositoryName, layer.digest, { maxBytes: layer.size, signal });
    count(envelope.length);
    if (envelope.length !== layer.size)
      return wrong(`the signature has ${envelope.length} bytes, its manifest says ${layer.size}`);
    return judgeEnvelope(deps, digest, envelope, layer.mediaType);
  } catch (error) {
    // Also for a fault of ours: what somebody made to meet it must not end the verification of the others.
    return wrong(error instanceof CommandError ? error.message : `cannot be checked: ${String(error)}`);
  }
}

function judgeEnvelope(
  { image, anchors, trustedIdentities }: JudgeDeps,
  digest: Digest,
  envelope: Buffer,
  mediaType: string,
): SignatureReport {
  const { verified, checks, facts } = verifySignature({
    envelope,
    mediaType,
    trustAnchors: anchors,
    trustedIdentities,
    artifact: { mediaType: image.mediaType, digest: image.digest, size: image.bytes.length },
    now: Date.now(),
  });
  return {
    digest,
    verified,
    ...(facts?.signingTime !== undefined && { signingTime: new Date(facts.signingTime).toISOString() }),
    checks,
  };
}

interface EnvelopeDescriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}

/** The one layer of a signature manifest, or what is wrong with the manifest. */
function envelopeOf(bytes: Buffer, subject: Digest): EnvelopeDescriptor | string {
  let document: unknown;
  try {
    document = JSON.parse(bytes.toString('utf8'));
  } catch {
    return 'the signature manifest is no JSON';
  }
  const { layers, subject: named } = (document ?? {}) as { layers?: unknown; subject?: { digest?: unknown } };
  if (named?.digest !== subject) return 'the signature manifest names another subject';
  if (!Array.isArray(layers) || layers.length !== 1) return 'the signature manifest must have one layer';
  const { mediaType, digest, size } = (layers[0] ?? {}) as Partial<Record<keyof EnvelopeDescriptor, unknown>>;
  if (mediaType !== JOSE_JSON && mediaType !== COSE)
    return `the signature is neither ${JOSE_JSON} nor ${COSE}`;
  if (typeof digest !== 'string' || !isDigest(digest) || typeof size !== 'number')
    return 'the signature manifest has no proper layer descriptor';
  if (!(size <= maxEnvelopeBytes)) return `the signature is larger than ${maxEnvelopeBytes} bytes`;
  return { mediaType, digest, size };
}
