// Every kind of image and artifact, pushed, listed, asked about, pulled and deleted: the data clauses of the OCI
// conformance suite, without its program.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { type Digest, digestOf } from '../../../src/shared/digest.ts';
import {
  DOCKER_MANIFEST_LIST,
  OCI_CONFIG,
  OCI_EMPTY,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../../../src/shared/media-types.ts';
import { descriptor, manifestOf, type TestBlob, type TestManifest } from '../../helpers/images.ts';
import { jsonOf, type OciServer, refused, startOciServer } from '../../helpers/oci-client.ts';

let server: OciServer;
before(async () => {
  server = await startOciServer();
});
after(() => server.close());

const LAYER = 'application/vnd.oci.image.layer.v1.tar';
const EXAMPLE = 'application/vnd.example.thing';
const NOTES = { 'org.example.note': 'for the list of referrers' };
const PLATFORMS = ['amd64', 'arm64'];

/** What one kind consists of; manifests in the order of their push, the last of them under the tags. */
class Kind {
  readonly blobs: TestBlob[] = [];
  readonly manifests: TestManifest[] = [];
  /** Tags that go with the push by digest. */
  readonly tagParameters: string[] = [];
  readonly #algorithm: 'sha256' | 'sha512';

  constructor(algorithm: 'sha256' | 'sha512' = 'sha256') {
    this.#algorithm = algorithm;
  }

  blob(bytes: Uint8Array = randomBytes(256), mediaType = LAYER) {
    const digest = digestOf(bytes, this.#algorithm);
    this.blobs.push({ bytes, digest });
    return { mediaType, digest, size: bytes.length };
  }

  manifest(document: object, mediaType = OCI_MANIFEST): TestManifest {
    const made = manifestOf({ schemaVersion: 2, mediaType, ...document }, mediaType);
    const named = { ...made, digest: digestOf(made.bytes, this.#algorithm) };
    this.manifests.push(named);
    return named;
  }

  image(more: object = {}, layers: readonly object[] = [this.blob(), this.blob()]): TestManifest {
    return this.manifest({ config: this.blob(randomBytes(100), OCI_CONFIG), layers, ...more });
  }

  artifact(more: object = {}): TestManifest {
    const config = this.blob(Buffer.from('{}'), OCI_EMPTY);
    return this.manifest({ artifactType: EXAMPLE, config, layers: [this.blob()], ...more });
  }

  index(children: readonly TestManifest[], more: object = {}, mediaType = OCI_INDEX): TestManifest {
    const manifests = children.map((child, at) => ({
      ...descriptor(child),
      platform: { os: 'linux', architecture: PLATFORMS[at] },
    }));
    return this.manifest({ manifests, ...more }, mediaType);
  }
}

const foreign = (mediaType: string) => ({
  mediaType,
  digest: digestOf(randomBytes(100)),
  size: 123_456,
  urls: ['https://store.example.com/layer'],
});

/** An entry adds to a `Kind` what it is made of. */
const kinds: Readonly<Record<string, (kind: Kind) => void>> = {
  'an image': (kind) => void kind.image(),
  'an image whose layers have the type of compressed ones': (kind) =>
    void kind.image({}, [kind.blob(randomBytes(300), `${LAYER}+gzip`)]),
  'a manifest of 3.9 MB': (kind) =>
    void kind.image({
      annotations: Object.fromEntries(
        Array.from({ length: 390 }, (_, at) => [`large-${at}`, 'A'.repeat(10_000)]),
      ),
    }),
  'an index': (kind) => void kind.index([kind.image(), kind.image()]),
  'a Docker list over OCI images': (kind) =>
    void kind.index([kind.image(), kind.image()], {}, DOCKER_MANIFEST_LIST),
  'an index of indexes': (kind) =>
    void kind.index([kind.index([kind.image(), kind.image()]), kind.index([kind.image(), kind.image()])]),
  'an empty index': (kind) => void kind.index([]),
  'an artifact': (kind) => void kind.artifact(),
  'an artifact of nothing': (kind) => {
    const empty = kind.blob(Buffer.from('{}'), OCI_EMPTY);
    kind.manifest({ artifactType: EXAMPLE, config: empty, layers: [empty] });
  },
  'an index of artifacts': (kind) =>
    void kind.index([kind.artifact(), kind.artifact()], { artifactType: EXAMPLE }),
  'artifacts with a subject': (kind) => {
    const subject = descriptor(kind.image());
    kind.image({ subject });
    kind.artifact({ subject, annotations: NOTES });
    kind.artifact({ subject, annotations: NOTES, artifactType: `${EXAMPLE}.other` });
  },
  'an index with a subject': (kind) => {
    const subject = descriptor(kind.index([kind.image(), kind.image()]));
    kind.index([kind.artifact(), kind.artifact()], { artifactType: EXAMPLE, subject, annotations: NOTES });
  },
  'an artifact whose subject is not there': (kind) => {
    const missing = { mediaType: OCI_MANIFEST, digest: digestOf(randomBytes(10)), size: 123 };
    kind.artifact({ subject: missing, annotations: NOTES });
  },
  'descriptors that carry their content': (kind) => {
    const content = randomBytes(64);
    kind.image({}, [{ ...kind.blob(content), data: content.toString('base64') }]);
  },
  'layers that may not be distributed': (kind) =>
    void kind.image({}, [
      foreign('application/vnd.oci.image.layer.nondistributable.v1.tar+gzip'),
      foreign('application/vnd.oci.image.layer.nondistributable.v1.tar'),
      kind.blob(),
    ]),
  'fields that no specification has': (kind) =>
    void kind.index(
      [kind.image({ 'org.example.field': 'kept' }), kind.image({ extra: { deep: [1, null] } })],
      {
        'org.example.field': 'kept as well',
      },
    ),
  'an image without layers': (kind) => void kind.image({}, []),
  'tags in the query of the push': (kind) => {
    kind.image();
    kind.tagParameters.push('first', 'second');
  },
};

const sha512Kinds = ['an index', 'artifacts with a subject', 'tags in the query of the push'];

interface Listed {
  readonly digest: string;
  readonly artifactType?: string;
}

function kindTests(name: string, algorithm: 'sha256' | 'sha512'): void {
  describe(algorithm === 'sha256' ? name : `${name}, under ${algorithm}`, () => {
    const kind = new Kind(algorithm);
    kinds[name]?.(kind);
    const top = kind.manifests.at(-1) ?? assert.fail('a kind has a manifest');
    // A push under a tag alone leaves the choice of the digest to the registry.
    const tags =
      kind.tagParameters.length > 0 ? kind.tagParameters : algorithm === 'sha256' ? ['latest'] : [];
    let repository: string;
    const at = (reference: string) => `/v2/${repository}/manifests/${reference}`;
    const put = (reference: string, manifest: TestManifest) =>
      server.send('PUT', at(reference), {
        body: manifest.bytes,
        headers: { 'content-type': manifest.mediaType },
      });
    const parsed = (manifest: TestManifest) =>
      JSON.parse(Buffer.from(manifest.bytes).toString('utf8')) as {
        subject?: { digest: Digest };
        artifactType?: string;
        config?: { mediaType: string };
        annotations?: object;
      };

    test('is pushed by digest and by tag', async () => {
      repository = await server.repository();
      for (const content of kind.blobs) await server.push(repository, content);
      for (const manifest of kind.manifests) {
        const query = manifest === top ? kind.tagParameters.map((tag) => `tag=${tag}`).join('&') : '';
        const answer = await put(`${manifest.digest}?${query}`, manifest);
        assert.equal(answer.status, 201, answer.body.toString());
        assert.equal(answer.headers['docker-content-digest'], manifest.digest);
        assert.equal(answer.headers['oci-subject'], parsed(manifest).subject?.digest);
        const said = query === '' ? undefined : kind.tagParameters.join(', ');
        assert.equal(answer.headers['oci-tag'], said);
      }
      if (kind.tagParameters.length > 0) return;
      for (const tag of tags) assert.equal((await put(tag, top)).status, 201);
    });

    test('is listed', async () => {
      const list = await server.send('GET', `/v2/${repository}/tags/list`);
      assert.deepEqual(jsonOf(list)['tags'], tags.toSorted());
    });

    test('tells about itself and comes back as it was', async () => {
      for (const manifest of kind.manifests) {
        for (const reference of [manifest.digest, ...(manifest === top ? tags : [])]) {
          const got = await server.send('GET', at(reference));
          const head = await server.send('HEAD', at(reference));
          for (const { status, headers } of [got, head]) {
            assert.equal(status, 200);
            assert.equal(headers['content-type'], manifest.mediaType);
            assert.equal(headers['content-length'], String(manifest.bytes.length));
            assert.equal(headers['docker-content-digest'], manifest.digest);
          }
          assert.ok(got.body.equals(manifest.bytes));
        }
      }
      for (const { digest, bytes } of kind.blobs) {
        assert.ok((await server.send('GET', `/v2/${repository}/blobs/${digest}`)).body.equals(bytes));
      }
    });

    test('is found from its subject, by type as well', async () => {
      for (const manifest of kind.manifests) {
        const { subject, annotations, ...own } = parsed(manifest);
        if (subject === undefined) continue;
        const artifactType = own.artifactType ?? own.config?.mediaType ?? '';
        const expected = {
          ...descriptor(manifest),
          artifactType,
          ...(annotations === undefined ? {} : { annotations }),
        };
        const target = `/v2/${repository}/referrers/${subject.digest}`;
        const all = jsonOf(await server.send('GET', target))['manifests'] as Listed[];
        assert.deepEqual(
          all.find(({ digest }) => digest === manifest.digest),
          expected,
        );
        const query = `?artifactType=${encodeURIComponent(artifactType)}`;
        const some = await server.send('GET', `${target}${query}`);
        assert.equal(some.headers['oci-filters-applied'], 'artifactType');
        const ofType = jsonOf(some)['manifests'] as Listed[];
        assert.ok(ofType.some(({ digest }) => digest === manifest.digest));
        assert.ok(ofType.every((listed) => listed.artifactType === artifactType));
      }
    });

    test('is deleted: tags, then manifests, then blobs, each gone at once', async () => {
      const gone = async (target: string) => {
        assert.equal((await server.send('DELETE', target)).status, 202, target);
        assert.equal((await server.send('HEAD', target)).status, 404, target);
      };
      for (const tag of tags) await gone(at(tag));
      for (const { digest } of kind.manifests.toReversed()) await gone(at(digest));
      for (const digest of new Set(kind.blobs.map((content) => content.digest))) {
        await gone(`/v2/${repository}/blobs/${digest}`);
      }
    });
  });
}

for (const name of Object.keys(kinds)) kindTests(name, 'sha256');
for (const name of sha512Kinds) kindTests(name, 'sha512');

test('an image or an index of which something was never pushed is refused, and leaves nothing', async () => {
  const repository = await server.repository();
  const kind = new Kind();
  const whole = kind.image();
  for (const content of kind.blobs) await server.push(repository, content);
  const sparse = [kind.image({}, [kind.blob()]), kind.index([whole, kind.image()])];
  for (const manifest of sparse) {
    for (const reference of ['sparse', manifest.digest]) {
      const target = `/v2/${repository}/manifests/${reference}`;
      const headers = { 'content-type': manifest.mediaType };
      const answer = await server.send('PUT', target, { body: manifest.bytes, headers });
      refused(answer, 400, 'MANIFEST_BLOB_UNKNOWN');
      refused(await server.send('GET', target), 404, 'MANIFEST_UNKNOWN');
    }
  }
});

test('a manifest with other bytes than its digest says is refused', async () => {
  const repository = await server.repository();
  const kind = new Kind();
  const manifest = kind.image();
  for (const content of kind.blobs) await server.push(repository, content);
  const answer = await server.send('PUT', `/v2/${repository}/manifests/${manifest.digest}`, {
    body: Buffer.concat([manifest.bytes, Buffer.from('  ')]),
    headers: { 'content-type': OCI_MANIFEST },
  });
  refused(answer, 400, 'DIGEST_INVALID');
  for (const digest of [manifest.digest, digestOf(Buffer.concat([manifest.bytes, Buffer.from('  ')]))]) {
    refused(await server.send('GET', `/v2/${repository}/manifests/${digest}`), 404, 'MANIFEST_UNKNOWN');
  }
});
