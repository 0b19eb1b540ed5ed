// Images for tests, made in memory: blobs with their digests, manifests as bytes.
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type Digest, type DigestAlgorithm, digestOf } from '../../src/shared/digest.ts';
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '../../src/shared/media-types.ts';

export const OCI_LAYER_GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip';

export interface TestBlob {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}

export interface TestManifest extends TestBlob {
  readonly mediaType: string;
}

export interface TestImage {
  readonly blobs: readonly TestBlob[];
  readonly manifest: TestManifest;
}

export function blob(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): TestBlob {
  return { digest: digestOf(bytes, algorithm), bytes };
}

export function manifestOf(document: object, mediaType: string): TestManifest {
  return { ...blob(Buffer.from(JSON.stringify(document))), mediaType };
}

/** A manifest's descriptor, as an index or a subject names it. */
export function descriptor(manifest: TestManifest) {
  return { mediaType: manifest.mediaType, digest: manifest.digest, size: manifest.bytes.length };
}

/** An image of its own (random content) with `layers` layers. */
export function image(
  options: { layers?: number; architecture?: string; layerBytes?: number } = {},
): TestImage {
  const layers = Array.from({ length: options.layers ?? 2 }, () =>
    blob(gzipSync(randomBytes(options.layerBytes ?? 1000))),
  );
  const config = blob(
    Buffer.from(
      JSON.stringify({
        architecture: options.architecture ?? 'amd64',
        os: 'linux',
        rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
      }),
    ),
  );
  const manifest = manifestOf(
    {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: { mediaType: OCI_CONFIG, digest: config.digest, size: config.bytes.length },
      layers: layers.map((layer) => ({
        mediaType: OCI_LAYER_GZIP,
        digest: layer.digest,
        size: layer.bytes.length,
      })),
    },
    OCI_MANIFEST,
  );
  return { blobs: [config, ...layers], manifest };
}

/** An index over the images; their architectures are told as `platform`. */
export function index(children: readonly { manifest: TestManifest; architecture: string }[]): TestManifest {
  return manifestOf(
    {
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: children.map((child) => ({
        ...descriptor(child.manifest),
        platform: { os: 'linux', architecture: child.architecture },
      })),
    },
    OCI_INDEX,
  );
}

/** An artifact that refers to `subject` (as a signature or an SBOM does). */
export function referrer(subject: TestManifest, artifactType: string): TestImage {
  const empty = blob(Buffer.from('{}'));
  const content = blob(randomBytes(100));
  const manifest = manifestOf(
    {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      artifactType,
      config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: empty.digest, size: 2 },
      layers: [{ mediaType: 'application/octet-stream', digest: content.digest, size: content.bytes.length }],
      subject: descriptor(subject),
    },
    OCI_MANIFEST,
  );
  return { blobs: [empty, content], manifest };
}
