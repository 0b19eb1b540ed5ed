// Manifests: exact bytes in and out, tags, digests, what a push refuses.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { digestOf } from '../../../src/shared/digest.ts';
import { OCI_INDEX, OCI_MANIFEST } from '../../../src/shared/media-types.ts';
import { image, index, manifestOf, referrer, type TestManifest } from '../../helpers/images.ts';
import { jsonOf, type OciServer, refused, startOciServer } from '../../helpers/oci-client.ts';

let server: OciServer;
let repository: string;
before(async () => {
  server = await startOciServer();
  repository = await server.repository();
});
after(() => server.close());

const pathOf = (reference: string) => `/v2/${repository}/manifests/${reference}`;
const put = (reference: string, manifest: TestManifest, headers: Record<string, string> = {}) =>
  server.send('PUT', pathOf(reference), {
    body: manifest.bytes,
    headers: { 'content-type': manifest.mediaType, ...headers },
  });

async function pushed(tag: string) {
  const made = image();
  for (const blob of made.blobs) await server.push(repository, blob);
  const answer = await put(tag, made.manifest);
  assert.equal(answer.status, 201, answer.body.toString());
  return made.manifest;
}

test('a manifest comes back byte for byte, by tag and by digest, whatever the client accepts', async () => {
  const manifest = await pushed('exact');
  for (const reference of ['exact', manifest.digest, encodeURIComponent(manifest.digest)]) {
    for (const accept of [undefined, '*/*', OCI_MANIFEST, 'application/json', OCI_INDEX]) {
      const headers = accept === undefined ? {} : { accept };
      const got = await server.send('GET', pathOf(reference), { headers });
      const head = await server.send('HEAD', pathOf(reference), { headers });
      for (const answer of [got, head]) {
        assert.equal(answer.status, 200);
        assert.equal(answer.headers['content-type'], OCI_MANIFEST);
        assert.equal(answer.headers['content-length'], String(manifest.bytes.length));
        assert.equal(answer.headers['docker-content-digest'], manifest.digest);
        assert.equal(answer.headers.etag, `"${manifest.digest}"`);
      }
      assert.ok(got.body.equals(manifest.bytes));
    }
  }
  const known = await server.send('GET', pathOf('exact'), {
    headers: { 'if-none-match': `"${manifest.digest}"` },
  });
  assert.equal(known.status, 304);
});

test('a push tells its address and digest, and is taken again', async () => {
  const manifest = await pushed('again');
  for (const reference of ['again', manifest.digest]) {
    const answer = await put(reference, manifest, { 'content-type': `${OCI_MANIFEST}; charset=utf-8` });
    assert.equal(answer.status, 201);
    assert.equal(answer.headers.location, pathOf(manifest.digest));
    assert.equal(answer.headers['docker-content-digest'], manifest.digest);
    assert.equal(answer.headers['oci-subject'], undefined);
  }
});

test('the same tag and digest again is fine where tags are immutable; another digest is not', async () => {
  const manifest = await pushed('fixed');
  const mutability = { repositoryName: repository, imageTagMutability: 'IMMUTABLE' };
  assert.equal((await server.ecr('PutImageTagMutability', mutability)).status, 200);
  try {
    assert.equal((await put('fixed', manifest)).status, 201);
    const other = image();
    for (const blob of other.blobs) await server.push(repository, blob);
    const message = refused(await put('fixed', other.manifest), 400, 'TAG_INVALID');
    assert.match(
      message,
      /^The image tag 'fixed' already exists in the '.*' repository and cannot be overwritten/,
    );
  } finally {
    await server.ecr('PutImageTagMutability', { ...mutability, imageTagMutability: 'MUTABLE' });
  }
});

test('a push by digest sets the tags in its query', async () => {
  const made = image();
  for (const blob of made.blobs) await server.push(repository, blob);
  const tags = Array.from({ length: 12 }, (_, at) => `many-${at}`);
  const query = tags.map((tag) => `tag=${tag}`).join('&');
  const answer = await put(`${made.manifest.digest}?${query}`, made.manifest);
  assert.equal(answer.status, 201);
  assert.equal(answer.headers['oci-tag'], tags.join(', '));
  for (const tag of tags) assert.equal((await server.send('HEAD', pathOf(tag))).status, 200);
  const tooMany = Array.from({ length: 101 }, (_, at) => `tag=t${at}`).join('&');
  refused(await put(`${made.manifest.digest}?${tooMany}`, made.manifest), 414, 'TAG_INVALID');
  refused(await put(`${made.manifest.digest}?tag=-bad`, made.manifest), 400, 'TAG_INVALID');
});

test('sha512 is served as well', async () => {
  const made = image();
  for (const blob of made.blobs) await server.push(repository, blob);
  const digest = digestOf(made.manifest.bytes, 'sha512');
  const answer = await put(digest, made.manifest);
  assert.equal(answer.status, 201);
  assert.equal(answer.headers['docker-content-digest'], digest);
  assert.ok((await server.send('GET', pathOf(digest))).body.equals(made.manifest.bytes));
});

test('what is missing is named, each on its own', async () => {
  const made = image({ layers: 2 });
  const answer = await put('incomplete', made.manifest);
  refused(answer, 400, 'MANIFEST_BLOB_UNKNOWN');
  const { errors } = jsonOf(answer) as { errors: { detail: { digest: string } }[] };
  assert.deepEqual(
    new Set(errors.map((error) => error.detail.digest)),
    new Set(made.blobs.map(({ digest }) => digest)),
  );
  const list = index([{ manifest: made.manifest, architecture: 'amd64' }]);
  const message = refused(await put('incomplete', list), 400, 'MANIFEST_BLOB_UNKNOWN');
  assert.ok(message.startsWith(`Images with digests '[${made.manifest.digest}]' required for pushing image`));
  refused(await server.send('GET', pathOf('incomplete')), 404, 'MANIFEST_UNKNOWN');
});

test('what is no manifest is refused and says why', async () => {
  const made = image();
  const type = { 'content-type': OCI_MANIFEST };
  const send = (reference: string, body: Uint8Array | string, headers: Record<string, string> = type) =>
    server.send('PUT', pathOf(reference), { body, headers });
  for (const body of ['', 'x', '[]', '{}', '{"schemaVersion":2}', 'null', '"text"', '{"schemaVersion":1}']) {
    refused(await send('bad', body), 400, 'MANIFEST_INVALID');
  }
  refused(await send('bad', made.manifest.bytes, { 'content-type': 'text/plain' }), 400, 'MANIFEST_INVALID');
  refused(await send('bad', made.manifest.bytes, { 'content-type': OCI_INDEX }), 400, 'MANIFEST_INVALID');
  refused(await send(digestOf(randomBytes(5)), made.manifest.bytes), 400, 'DIGEST_INVALID');
  refused(await send('sha256:baddigeststring', made.manifest.bytes), 400, 'DIGEST_INVALID');
  for (const tag of ['-x', 'a'.repeat(129), 'a%2Bb', '%20']) {
    refused(await send(tag, made.manifest.bytes), 400, 'TAG_INVALID');
  }
});

test('4 MiB are taken, more are not', async () => {
  const { blobs } = image();
  for (const blob of blobs) await server.push(repository, blob);
  const [config] = blobs;
  assert.ok(config);
  const sized = (padding: number) =>
    manifestOf(
      {
        schemaVersion: 2,
        mediaType: OCI_MANIFEST,
        config: {
          mediaType: 'application/vnd.oci.image.config.v1+json',
          digest: config.digest,
          size: config.bytes.length,
        },
        layers: [],
        annotations: { padding: 'x'.repeat(padding) },
      },
      OCI_MANIFEST,
    );
  const empty = sized(0).bytes.length;
  const limit = 4 * 1024 * 1024;
  const answer = await put('large', sized(limit - empty));
  assert.equal(answer.status, 201, answer.body.toString().slice(0, 300));
  refused(await put('large', sized(limit - empty + 1)), 413, 'SIZE_INVALID');
  const parts = Array.from({ length: 80 }, () => Buffer.alloc(65_536, 'x'));
  const streamed = await server.send('PUT', pathOf('large'), {
    body: parts,
    headers: { 'content-type': OCI_MANIFEST },
  });
  refused(streamed, 413, 'SIZE_INVALID');
});

test('what is not there is 404 with the text of ECR', async () => {
  for (const reference of ['nothing', digestOf(randomBytes(3)), '.INVALID', 'a+b']) {
    const answer = await server.send('GET', pathOf(reference));
    assert.equal(refused(answer, 404, 'MANIFEST_UNKNOWN'), 'Requested image not found');
    assert.equal((await server.send('HEAD', pathOf(reference))).status, 404);
  }
  refused(await server.send('GET', pathOf('sha256:baddigeststring')), 400, 'DIGEST_INVALID');
});

test('deleting a tag keeps the image, deleting the digest takes all its tags', async () => {
  const manifest = await pushed('one');
  assert.equal((await put('two', manifest)).status, 201);
  assert.equal((await server.send('DELETE', pathOf('one'))).status, 202);
  assert.equal((await server.send('HEAD', pathOf('one'))).status, 404);
  assert.equal((await server.send('HEAD', pathOf('two'))).status, 200);
  assert.equal((await server.send('HEAD', pathOf(manifest.digest))).status, 200);
  assert.equal((await server.send('DELETE', pathOf(manifest.digest))).status, 202);
  for (const reference of ['two', manifest.digest]) {
    assert.equal((await server.send('HEAD', pathOf(reference))).status, 404);
    refused(await server.send('DELETE', pathOf(reference)), 404, 'MANIFEST_UNKNOWN');
  }
});

test('a subject need not exist; the answer names it', async () => {
  const subject = image().manifest;
  const { blobs, manifest } = referrer(subject, 'application/vnd.example.sbom');
  for (const blob of blobs) await server.push(repository, blob);
  const answer = await put(manifest.digest, manifest);
  assert.equal(answer.status, 201);
  assert.equal(answer.headers['oci-subject'], subject.digest);
});

test('an index with its children', async () => {
  const one = await pushed('child-one');
  const two = await pushed('child-two');
  const list = index([
    { manifest: one, architecture: 'amd64' },
    { manifest: two, architecture: 'arm64' },
  ]);
  assert.equal((await put('multi', list)).status, 201);
  const got = await server.send('GET', pathOf('multi'));
  assert.equal(got.headers['content-type'], OCI_INDEX);
  assert.ok(got.body.equals(list.bytes));
});
