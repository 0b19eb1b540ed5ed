// A real multi-arch image, made in memory: for each platform a base layer, a layer that differs by platform and
// an application layer, a config with the right diff ids, a manifest; and an index over them.
import { gzipSync } from 'node:zlib';
import { type Digest, digestOf } from '../../shared/digest.ts';
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '../../shared/media-types.ts';
import { type TarEntry, tar } from './tar.ts';

const OCI_LAYER_GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip';

export interface Blob {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}

export interface DemoManifest extends Blob {
  readonly mediaType: string;
  readonly platform: string;
}

export interface DemoImage {
  /** Layers and configs, each once. */
  readonly blobs: readonly Blob[];
  readonly children: readonly DemoManifest[];
  readonly index: DemoManifest;
}

/** Builds the image; `createdAt` (epoch ms) is its build time. */
export function buildDemoImage(createdAt: number): DemoImage {
  const created = new Date(createdAt).toISOString();
  const mtime = Math.floor(createdAt / 1000);
  const blobs = new Map<Digest, Blob>();
  const keep = (bytes: Uint8Array): Blob => {
    const blob = { digest: digestOf(bytes), bytes };
    blobs.set(blob.digest, blob);
    return blob;
  };
  const children = (['amd64', 'arm64'] as const).map((architecture) => {
    const layers = [baseTree(), platformTree(architecture), applicationTree()].map((tree) => {
      const archive = tar(tree, mtime);
      return { diffId: digestOf(archive), blob: keep(gzipSync(archive)) };
    });
    const config = keep(
      json({
        created,
        architecture,
        os: 'linux',
        config: { Env: ['PATH=/usr/bin:/bin'], Cmd: ['/app/hello'], WorkingDir: '/app' },
        rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
        history: ['base', architecture, 'application'].map((created_by) => ({ created, created_by })),
      }),
    );
    const manifest = json({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: { mediaType: OCI_CONFIG, digest: config.digest, size: config.bytes.length },
      layers: layers.map(({ blob }) => ({
        mediaType: OCI_LAYER_GZIP,
        digest: blob.digest,
        size: blob.bytes.length,
      })),
      annotations: { 'org.opencontainers.image.created': created },
    });
    return { ...manifestOf(manifest, OCI_MANIFEST, `linux/${architecture}`), architecture };
  });
  const index = json({
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: children.map(({ digest, bytes, mediaType, architecture }) => ({
      mediaType,
      digest,
      size: bytes.length,
      platform: { architecture, os: 'linux' },
    })),
  });
  return { blobs: [...blobs.values()], children, index: manifestOf(index, OCI_INDEX, 'index') };
}

function manifestOf(bytes: Uint8Array, mediaType: string, platform: string): DemoManifest {
  return { digest: digestOf(bytes), bytes, mediaType, platform };
}

function json(document: object): Uint8Array {
  return Buffer.from(JSON.stringify(document));
}

function file(path: string, content: string, mode?: number): TarEntry {
  return { type: 'file', path, content: Buffer.from(content), ...(mode !== undefined && { mode }) };
}

function baseTree(): readonly TarEntry[] {
  const directories = ['bin', 'etc', 'proc', 'sys', 'tmp', 'usr', 'usr/bin', 'usr/lib', 'usr/share'].map(
    (path): TarEntry => ({ type: 'directory', path, ...(path === 'tmp' && { mode: 0o1777 }) }),
  );
  return [
    ...directories,
    file('etc/os-release', 'NAME="sealport demo"\nID=sealport-demo\nVERSION_ID=1\n'),
    file('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n'),
    file('etc/group', 'root:x:0:\nnogroup:x:65534:\n'),
    { type: 'symlink', path: 'lib', target: 'usr/lib' },
    // Something to compress and to transfer: a table of one to twenty thousand.
    file(
      'usr/share/numbers.txt',
      Array.from({ length: 20_000 }, (_, i) => `${i + 1} ${(i + 1) ** 2}\n`).join(''),
    ),
  ];
}

function platformTree(architecture: string): readonly TarEntry[] {
  return [
    { type: 'directory', path: 'usr/lib/platform' },
    file('usr/lib/platform/name', `linux/${architecture}\n`),
  ];
}

function applicationTree(): readonly TarEntry[] {
  return [
    { type: 'directory', path: 'app' },
    file('app/hello', '#!/bin/sh\necho "signed by the registry"\n', 0o755),
    file('app/README', 'The demo application of sealport.\n'),
  ];
}
