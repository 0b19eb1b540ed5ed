import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { digestOf } from '../../shared/digest.ts';
import { buildDemoImage } from './image.ts';
import { tar } from './tar.ts';

const AT = Date.UTC(2026, 0, 2);

interface Manifest {
  readonly config: { readonly digest: string; readonly size: number };
  readonly layers: readonly { readonly digest: string; readonly size: number }[];
}

test('an image names its own blobs and manifests with the right digests and sizes', () => {
  const image = buildDemoImage(AT);
  const blobs = new Map(image.blobs.map((blob) => [blob.digest as string, blob.bytes]));
  for (const [digest, bytes] of blobs) assert.equal(digestOf(bytes), digest);
  assert.equal(image.children.length, 2);
  for (const child of image.children) {
    const manifest = JSON.parse(Buffer.from(child.bytes).toString()) as Manifest;
    for (const part of [manifest.config, ...manifest.layers])
      assert.equal(blobs.get(part.digest)?.length, part.size);
    const config = JSON.parse(Buffer.from(blobs.get(manifest.config.digest) ?? '').toString()) as {
      rootfs: { diff_ids: string[] };
    };
    const unpacked = manifest.layers.map(({ digest }) => digestOf(gunzipSync(blobs.get(digest) ?? '')));
    assert.deepEqual(config.rootfs.diff_ids, unpacked);
  }
  const index = JSON.parse(Buffer.from(image.index.bytes).toString()) as { manifests: { digest: string }[] };
  assert.deepEqual(
    index.manifests.map(({ digest }) => digest),
    image.children.map(({ digest }) => digest),
  );
});

test('the platforms share layers and differ in one', () => {
  const [first, second] = buildDemoImage(AT).children.map(
    ({ bytes }) => (JSON.parse(Buffer.from(bytes).toString()) as Manifest).layers,
  );
  const different = first?.filter(({ digest }) => !second?.some((layer) => layer.digest === digest));
  assert.equal(different?.length, 1);
});

test('a system tar reads the archive', () => {
  const archive = tar(
    [
      { type: 'directory', path: 'a' },
      { type: 'file', path: 'a/b', content: Buffer.from('x'.repeat(700)) },
      { type: 'symlink', path: 'c', target: 'a/b' },
    ],
    Math.floor(AT / 1000),
  );
  const listing = execFileSync('tar', ['-tvf', '-'], {
    input: archive,
    env: { ...process.env, TZ: 'UTC' },
  }).toString();
  assert.match(listing, /drwxr-xr-x root\/root\s+0 2026-01-02 00:00 a\//);
  assert.match(listing, /-rw-r--r-- root\/root\s+700 2026-01-02 00:00 a\/b/);
  assert.match(listing, /c -> a\/b/);
});
