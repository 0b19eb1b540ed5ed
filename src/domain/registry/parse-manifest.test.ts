import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DOCKER_MANIFEST,
  DOCKER_MANIFEST_LIST,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../../shared/media-types.ts';
import { DomainError, type DomainErrorCode } from '../errors.ts';
import { MANIFEST_LIMIT_BYTES, parseManifest } from './parse-manifest.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';
const config = { mediaType: OCI_CONFIG, digest: digest('a'), size: 7 };
const layer = { mediaType: layerType, digest: digest('b'), size: 100 };
const image = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [layer] };
const child = { mediaType: OCI_MANIFEST, digest: digest('c'), size: 400 };
const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [child] };

const bytes = (document: unknown) => Buffer.from(JSON.stringify(document));
const parse = (document: unknown, mediaType?: string) => parseManifest(bytes(document), mediaType);

function refused(code: DomainErrorCode, pattern: RegExp, work: () => unknown): void {
  assert.throws(work, (error) => {
    assert.ok(error instanceof DomainError);
    assert.equal(error.code, code);
    assert.match(error.message, pattern);
    return true;
  });
}

test('an image manifest names its config and layers, each once', () => {
  const parsed = parse({ ...image, layers: [layer, layer] }, OCI_MANIFEST);
  assert.deepEqual(parsed, {
    mediaType: OCI_MANIFEST,
    artifactType: OCI_CONFIG,
    references: [
      { digest: config.digest, kind: 'config' },
      { digest: layer.digest, kind: 'layer' },
    ],
    requiredLayers: [config.digest, layer.digest],
    requiredImages: [],
    imageSizeBytes: 207,
  });
});

test('an index names its children; the trees of docker and OCI may mix', () => {
  const list = {
    schemaVersion: 2,
    manifests: [child, { ...child, mediaType: OCI_INDEX, digest: digest('d') }],
  };
  const parsed = parse(list, DOCKER_MANIFEST_LIST);
  assert.deepEqual(parsed.requiredImages, [digest('c'), digest('d')]);
  assert.deepEqual(parsed.requiredLayers, []);
  assert.equal(parsed.artifactType, undefined);
  assert.equal(parsed.imageSizeBytes, 800);
});

test('blobs that an index lists, as build caches do, must be there as layers', () => {
  const parsed = parse({ ...index, manifests: [child, layer] });
  assert.deepEqual(parsed.requiredLayers, [layer.digest]);
  assert.deepEqual(parsed.requiredImages, [child.digest]);
});

test('layers that may not be distributed need not be there, but are remembered', () => {
  const foreign = { ...layer, mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip' };
  const parsed = parse({ ...image, layers: [foreign] });
  assert.deepEqual(parsed.requiredLayers, [config.digest]);
  assert.ok(parsed.references.some((reference) => reference.digest === foreign.digest));
});

test('subject, artifactType and annotations are read from OCI types, not from docker ones', () => {
  const extra = { subject: child, artifactType: 'application/x', annotations: { a: 'b' } };
  const parsed = parse({ ...image, ...extra });
  assert.equal(parsed.subject, child.digest);
  assert.equal(parsed.artifactType, 'application/x');
  assert.deepEqual(parsed.annotations, { a: 'b' });
  const docker = parse({ ...image, mediaType: DOCKER_MANIFEST, ...extra });
  assert.equal(docker.subject, undefined);
  assert.equal(docker.artifactType, OCI_CONFIG);
});

test('an empty artifactType is none; annotations of what has no subject are left in the bytes', () => {
  const parsed = parse({ ...image, artifactType: '', annotations: { a: 'b' } });
  assert.equal(parsed.artifactType, OCI_CONFIG);
  assert.equal(parsed.annotations, undefined);
});

test('no layers, layers of null, members that nobody knows: all are fine', () => {
  for (const layers of [[], null])
    assert.equal(parse({ ...image, layers, other: { x: 1 } }).imageSizeBytes, 7);
});

test('the request names the media type; the manifest must not say another', () => {
  assert.equal(parse({ schemaVersion: 2, config, layers: [] }, OCI_MANIFEST).mediaType, OCI_MANIFEST);
  assert.equal(parse(image).mediaType, OCI_MANIFEST);
  refused('InvalidManifest', /differs/, () => parse(image, DOCKER_MANIFEST));
  refused('InvalidManifest', /no mediaType/, () => parse({ schemaVersion: 2, config, layers: [] }));
  refused('UnsupportedImageType', /application\/json/, () => parse(image, 'application/json'));
});

test('schema version 1 is refused whatever the media type', () => {
  const type = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
  refused('UnsupportedImageType', /schema version 1/, () => parse({ schemaVersion: 1, fsLayers: [] }, type));
  refused('UnsupportedImageType', /schema version 1/, () => parse({ schemaVersion: 1 }));
});

test('a document that could be read as two kinds is refused', () => {
  refused('InvalidManifest', /must not have 'manifests'/, () => parse({ ...image, manifests: [] }));
  refused('InvalidManifest', /must not have 'layers'/, () => parse({ ...index, layers: [] }));
  refused('InvalidManifest', /must not have 'config'/, () => parse({ ...index, config }));
});

for (const [fault, document] of [
  ['a config that is missing', { ...image, config: undefined }],
  ['layers that are missing', { ...image, layers: undefined }],
  ['a layer that is a string', { ...image, layers: ['x'] }],
  ['a digest of an unknown algorithm', { ...image, layers: [{ ...layer, digest: 'md5:00' }] }],
  ['a digest in capitals', { ...image, layers: [{ ...layer, digest: digest('B') }] }],
  ['a negative size', { ...image, layers: [{ ...layer, size: -1 }] }],
  ['a size that is a string', { ...image, layers: [{ ...layer, size: '1' }] }],
  ['sizes beyond counting', { ...image, layers: [{ ...layer, size: Number.MAX_SAFE_INTEGER }] }],
  ['a layer without a media type', { ...image, layers: [{ digest: digest('b'), size: 1 }] }],
  ['a subject without a digest', { ...image, subject: { mediaType: OCI_MANIFEST, size: 1 } }],
  ['annotations that are no strings', { ...image, subject: child, annotations: { a: 1 } }],
  ['an artifactType that is no string', { ...image, artifactType: 7 }],
  ['a mediaType that is no string', { ...image, mediaType: 7 }],
  ['schema version 3', { ...image, schemaVersion: 3 }],
  ['too many layers', { ...image, layers: Array.from({ length: 4097 }, () => layer) }],
  ['an array', []],
  ['null', null],
] as const) {
  test(`${fault} is refused`, () =>
    refused('InvalidManifest', /^Invalid parameter at 'ImageManifest'/, () => parse(document)));
}

test('bytes that are no JSON are refused: broken, not UTF-8, with a mark, never closed, empty', () => {
  const open = Buffer.from('['.repeat(100));
  const marked = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes(image)]);
  for (const wrong of [Buffer.from('{'), Buffer.from([0x22, 0xff, 0x22]), marked, open, Buffer.alloc(0)])
    refused('InvalidManifest', /Invalid JSON syntax/, () => parseManifest(wrong, OCI_MANIFEST));
});

test('four mebibytes are taken, a byte more is not', () => {
  const room = MANIFEST_LIMIT_BYTES - bytes({ ...image, x: '' }).length;
  assert.equal(parse({ ...image, x: 'x'.repeat(room) }).imageSizeBytes, 107);
  refused('ManifestTooLarge', /4194304/, () => parse({ ...image, x: 'x'.repeat(room + 1) }));
});

test('annotations of a referrer are limited, others only by the size of the manifest', () => {
  const annotations = { big: 'x'.repeat(65_536) };
  assert.equal(parse({ ...image, annotations }).annotations, undefined);
  refused('InvalidManifest', /at most 65536 bytes/, () => parse({ ...image, annotations, subject: child }));
});

test('a document that is too deep or has too many values is refused before it is parsed', () => {
  const nested = (levels: number) =>
    Buffer.from(JSON.stringify(image).replace('{', `{"x":${'['.repeat(levels)}${']'.repeat(levels)},`));
  parseManifest(nested(99), OCI_MANIFEST);
  refused('InvalidManifest', /at most 100 levels/, () => parseManifest(nested(100), OCI_MANIFEST));
  refused('InvalidManifest', /at most 100 levels/, () => parseManifest(nested(1_000_000), OCI_MANIFEST));
  const many = { ...image, x: Array.from({ length: 500_000 }, () => []) };
  refused('InvalidManifest', /at most 131072 values/, () => parse(many, OCI_MANIFEST));
  const named = (length: number) => Object.fromEntries(Array.from({ length }, (_, n) => [`n${n}`, '']));
  parse({ ...image, annotations: named(2000) }, OCI_MANIFEST);
  refused('InvalidManifest', /at most 2000 members in one object/, () =>
    parse({ ...image, annotations: named(2001) }, OCI_MANIFEST),
  );
  // As many descriptors as there may be, each with a long list of annotations.
  const annotations = Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`name-${at}`, 'value']));
  const layers = Array.from({ length: 4096 }, () => ({ ...layer, annotations }));
  assert.equal(parse({ ...image, layers }, OCI_MANIFEST).references.length, 2);
});

test('a member that Go’s readers would take for another one, or that stands twice, is refused', () => {
  const other = JSON.stringify([{ ...layer, digest: digest('e') }]);
  const text = JSON.stringify(image);
  const with_ = (member: string) => Buffer.from(`${text.slice(0, -1)},${member}}`);
  for (const [member, pattern] of [
    [`"Layers":${other}`, /'Layers' must be written 'layers'/],
    [`"layers":${other}`, /'layers' is there twice/],
    [`"layer\\u0073":${other}`, /'layers' is there twice/],
    [`"layer\u017f":${other}`, /must be written 'layers'/],
    [`"\\u212Aind":1,"SUBJECT":{}`, /'SUBJECT' must be written 'subject'/],
    [`"Manifests":[]`, /'Manifests' must be written 'manifests'/],
    [`"MediaType":"x"`, /'MediaType' must be written 'mediaType'/],
    [`"subject":{"mediaType":"a","digest":"${digest('f')}","size":1,"Digest":"x"}`, /'Digest' must be/],
    [`"other":{"a":1,"a":2}`, /'a' is there twice/],
  ] as const)
    refused('InvalidManifest', pattern, () => parseManifest(with_(member), undefined));
  const twice = Buffer.from(
    JSON.stringify(index).replace('"size":400', '"size":400,"Platform":{"os":"linux"}'),
  );
  refused('InvalidManifest', /'Platform' must be written 'platform'/, () => parseManifest(twice, undefined));
  assert.doesNotThrow(() => parse({ ...image, annotations: { Layers: 'x', layers: 'y', A: '1', a: '2' } }));
  assert.doesNotThrow(() => parse({ ...image, vendor: { Layers: 1, layers: 2 } }));
});
