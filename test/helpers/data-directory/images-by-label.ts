// Images whose bytes depend on their label alone, and that pack well.
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '../../../src/shared/media-types.ts';
import { blob, descriptor, manifestOf, type TestImage, type TestManifest } from '../images.ts';

/** Content of its own that packs well; over 64 KiB it lies in a file. */
const text = (label: string, bytes: number) => blob(Buffer.alloc(bytes, `${label} `));

/** An image of its own: the same bytes for the same label. */
export function imageOf(label: string, ...layerBytes: number[]): TestImage {
  const layers = layerBytes.map((bytes, at) => text(`${label} layer ${at}`, bytes));
  const config = blob(Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', author: label })));
  const layerOf = ({ digest, bytes }: (typeof layers)[number]) => ({
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
    digest,
    size: bytes.length,
  });
  const document = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: OCI_CONFIG, digest: config.digest, size: config.bytes.length },
    layers: layers.map(layerOf),
  };
  return { blobs: [config, ...layers], manifest: manifestOf(document, OCI_MANIFEST) };
}

/** What refers to `subject`, as an SBOM does. */
export function attachmentOf(subject: TestManifest, artifactType: string, label: string): TestImage {
  const empty = blob(Buffer.from('{}'));
  const content = text(label, 300);
  const document = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType,
    config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: empty.digest, size: 2 },
    layers: [{ mediaType: 'application/spdx+json', digest: content.digest, size: content.bytes.length }],
    subject: descriptor(subject),
    annotations: { 'org.opencontainers.image.created': '2026-01-02T03:04:05Z', label },
  };
  return { blobs: [empty, content], manifest: manifestOf(document, OCI_MANIFEST) };
}

/** An index of one platform or two. */
export function indexOf(...children: readonly TestManifest[]): TestManifest {
  const manifests = children.map((child, at) => ({
    ...descriptor(child),
    platform: { os: 'linux', architecture: at === 0 ? 'amd64' : 'arm64' },
  }));
  return manifestOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }, OCI_INDEX);
}

export const tagOfDigest = (digest: string) => digest.replace(':', '-');
