/** Images of a few hundred bytes as OCI layouts, real enough for an engine to unpack. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Descriptor, type Distribution, sha256 } from './distribution.ts';
import { ok } from './process.ts';

export interface SmallImage {
  /** The layout's folder, with one image in it. */
  readonly layout: string;
  /** The image's tag inside the layout. */
  readonly tag: string;
  readonly digest: string;
}

const tag = 'latest';
const platform = process.arch === 'x64' ? 'amd64' : process.arch;

/** Writes an image whose two layers hold `text`, for this machine's platform, under `dir/name`. */
export async function smallImage(dir: string, name: string, text: string): Promise<SmallImage> {
  const layout = openLayout(join(dir, name));
  return layout.close(await layout.image(text, platform));
}

/** The same for two platforms, with an index over both. */
export async function smallIndex(dir: string, name: string, text: string): Promise<SmallImage> {
  const layout = openLayout(join(dir, name));
  const manifests = [];
  for (const architecture of ['amd64', 'arm64']) {
    const image = await layout.image(`${text} on ${architecture}`, architecture);
    manifests.push({ ...image, platform: { os: 'linux', architecture } });
  }
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  return layout.close(layout.put(mediaType, { schemaVersion: 2, mediaType, manifests }));
}

function openLayout(layout: string) {
  mkdirSync(join(layout, 'blobs', 'sha256'), { recursive: true });

  const put = (mediaType: string, content: Buffer | object): Descriptor => {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
    const digest = sha256(bytes);
    writeFileSync(join(layout, 'blobs', digest.replace(':', '/')), bytes);
    return { mediaType, digest, size: bytes.length };
  };

  const image = async (text: string, architecture: string): Promise<Descriptor> => {
    const tars = [await tarOf(layout, 'base', `base of ${text}`), await tarOf(layout, 'text', text)];
    const layers = tars.map((tar) => put('application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(tar)));
    const config = put('application/vnd.oci.image.config.v1+json', {
      architecture,
      os: 'linux',
      config: { Cmd: ['/text'] },
      rootfs: { type: 'layers', diff_ids: tars.map(sha256) },
    });
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    return put(mediaType, { schemaVersion: 2, mediaType, config, layers });
  };

  const close = (top: Descriptor): SmallImage => {
    const named = { ...top, annotations: { 'org.opencontainers.image.ref.name': tag } };
    writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [named] }));
    return { layout, tag, digest: top.digest };
  };

  return { put, image, close };
}

/** Pushes an image without any client's help. */
export async function pushSmallImage(
  to: Distribution,
  repository: string,
  { layout, digest }: SmallImage,
  tagged: string,
): Promise<void> {
  const folder = join(layout, 'blobs', 'sha256');
  for (const name of readdirSync(folder)) {
    if (`sha256:${name}` !== digest) await to.pushBlob(repository, readFileSync(join(folder, name)));
  }
  await to.pushManifest(repository, readFileSync(join(layout, 'blobs', digest.replace(':', '/'))), tagged);
}

/** The digest of the one image of a layout. */
export function digestInLayout(layout: string): string {
  const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as { manifests: Descriptor[] };
  return index.manifests.map(({ digest }) => digest).join(' ');
}

async function tarOf(dir: string, file: string, text: string): Promise<Buffer> {
  const tar = join(dir, 'layer.tar');
  writeFileSync(join(dir, file), `${text}\n`);
  await ok('tar', ['--mtime=@0', '--owner=0', '--group=0', '-C', dir, '-cf', tar, file]);
  const bytes = readFileSync(tar);
  rmSync(tar);
  rmSync(join(dir, file));
  return bytes;
}
