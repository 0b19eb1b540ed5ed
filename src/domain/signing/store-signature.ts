// Stores a signature as an OCI 1.1 referrer of the image: the envelope and the empty config as layers in the
// metadata (a few KB, no file and no fsync of their own), the manifest as an untagged image. One transaction.
import type { Digest } from '../../shared/digest.ts';
import type { Image, Images, Layers } from '../registry/index.ts';
import type { Tx } from '../storage.ts';
import { type MadeSignature, makeReferrer } from './notary/index.ts';

/** Gives the digest of the signature's manifest. */
export async function storeSignature(
  deps: { readonly images: Images; readonly layers: Layers },
  tx: Tx,
  signature: {
    readonly subject: Image;
    readonly made: MadeSignature;
    readonly jobId: string;
    /** Epoch ms. */
    readonly now: number;
  },
): Promise<Digest> {
  const { subject, made, jobId, now } = signature;
  const { repositoryId } = subject;
  const { manifest, config, envelope } = makeReferrer(made);
  for (const { digest, bytes } of [config, envelope])
    await deps.layers.put(tx, repositoryId, { digest, sizeBytes: bytes.length, inline: bytes }, now);
  const image: Image = {
    repositoryId,
    digest: manifest.digest,
    mediaType: manifest.mediaType,
    artifactType: manifest.artifactType,
    subject: subject.digest,
    annotations: manifest.annotations,
    manifestSizeBytes: manifest.bytes.length,
    imageSizeBytes: config.bytes.length + envelope.bytes.length,
    pushedAt: now,
    signingJobId: jobId,
  };
  await deps.images.insert(tx, image, manifest.bytes, [
    { digest: config.digest, kind: 'config' },
    { digest: envelope.digest, kind: 'layer' },
  ]);
  return manifest.digest;
}
