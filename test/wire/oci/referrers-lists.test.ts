// What is a list of referrers and what is an image that is only called like one, through both doors: the one is not
// signed and its tag moves, the other is signed and immutable where tags are.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { OCI_INDEX, OCI_MANIFEST } from '../../../src/shared/media-types.ts';
import { referrersFallbackTag } from '../../../src/shared/names.ts';
import {
  descriptor,
  image,
  manifestOf,
  referrer,
  type TestImage,
  type TestManifest,
} from '../../helpers/images.ts';
import { settledStatuses, setUpSigning } from '../../helpers/signing-set-up.ts';
import { startServer, type TestServer } from '../../helpers/start-server.ts';

const repositoryName = 'team/app';
let server: TestServer;
before(async () => {
  server = await startServer();
  await setUpSigning(server, repositoryName);
  const input = { repositoryName, imageTagMutability: 'IMMUTABLE' };
  assert.equal((await server.ecr('PutImageTagMutability', input)).status, 200);
});
after(() => server.close());

type Door = (tag: string, manifest: TestManifest) => Promise<boolean>;

/** Whether the push was taken; what refuses it is that the tag is immutable. */
const doors: Readonly<Record<string, Door>> = {
  '/v2': async (tag, { bytes, mediaType }) => {
    const answer = await fetch(`${server.url}/v2/${repositoryName}/manifests/${tag}`, {
      method: 'PUT',
      headers: { authorization: await server.login(), 'content-type': mediaType },
      body: Buffer.from(bytes),
    });
    const text = await answer.text();
    if (answer.status !== 201) assert.match(text, /TAG_INVALID.*immutable/);
    return answer.status === 201;
  },
  PutImage: async (imageTag, { bytes, mediaType }) => {
    const { status, body } = await server.ecr('PutImage', {
      repositoryName,
      imageTag,
      imageManifest: Buffer.from(bytes).toString(),
      imageManifestMediaType: mediaType,
    });
    if (status !== 200) assert.equal(body['__type'], 'ImageTagAlreadyExistsException');
    return status === 200;
  },
};

let made = 0;
/** An index of its own over these. */
const indexOver = (...manifests: { readonly mediaType: string }[]) =>
  manifestOf(
    { schemaVersion: 2, mediaType: OCI_INDEX, manifests, annotations: { number: String((made += 1)) } },
    OCI_INDEX,
  );

async function store(...images: TestImage[]): Promise<void> {
  for (const each of images) await server.pushImage(repositoryName, each.manifest.digest, each);
}

async function isSigned({ digest }: TestManifest): Promise<boolean> {
  const statuses = await settledStatuses(server, repositoryName, digest);
  for (const { status } of statuses) assert.equal(status, 'COMPLETE');
  return statuses.length === 1;
}

for (const [door, put] of Object.entries(doors)) {
  test(`${door}: an index under the tag of its own digest is an image`, async () => {
    const child = image();
    await store(child);
    const mine = indexOver(descriptor(child.manifest));
    const tag = referrersFallbackTag(mine.digest);
    assert.ok(await put(tag, mine));
    assert.ok(await isSigned(mine));
    assert.ok(!(await put(tag, indexOver(descriptor(child.manifest)))));
    assert.ok(!(await put(tag, child.manifest)));
    assert.ok(!(await put(tag, indexOver())));
  });

  test(`${door}: an image manifest is an image under any tag`, async () => {
    const [one, other] = [image(), image()];
    await store(one, other);
    const tag = referrersFallbackTag(one.manifest.digest);
    assert.ok(await put(tag, other.manifest));
    assert.ok(await isSigned(other.manifest));
    assert.ok(!(await put(tag, one.manifest)));
    // Not even a list of referrers may take its place.
    assert.ok(!(await put(tag, indexOver())));
  });

  test(`${door}: a list of referrers is not signed and may be followed by the next one, and by nothing else`, async () => {
    const subject = image();
    const [first, second] = [referrer(subject.manifest, 'a/one'), referrer(subject.manifest, 'a/two')];
    await store(subject, first, second);
    const tag = referrersFallbackTag(subject.manifest.digest);
    const entries = [descriptor(first.manifest), descriptor(second.manifest)];
    for (const list of [indexOver(entries[0] ?? assert.fail()), indexOver(...entries), indexOver()]) {
      assert.ok(await put(tag, list));
      assert.ok(!(await isSigned(list)));
    }
    assert.ok(!(await put(tag, subject.manifest)));
    assert.ok(!(await put(tag, indexOver(descriptor(subject.manifest)))));
    assert.ok(await put(tag, indexOver(...entries)));
  });

  test(`${door}: an index of which one entry is anything else is an image`, async () => {
    const [subject, other] = [image(), image()];
    const [mine, foreign] = [referrer(subject.manifest, 'a/one'), referrer(other.manifest, 'a/one')];
    const blob = mine.blobs[1] ?? assert.fail();
    await store(subject, other, mine, foreign);
    const tag = referrersFallbackTag(subject.manifest.digest);
    const good = descriptor(mine.manifest);
    for (const entry of [
      // Without a subject; with another one; the subject itself; no manifest at all.
      descriptor(other.manifest),
      descriptor(foreign.manifest),
      descriptor(subject.manifest),
      { mediaType: 'application/octet-stream', digest: blob.digest, size: blob.bytes.length },
    ]) {
      const index = indexOver(good, entry);
      assert.ok(await put(tag, index));
      assert.ok(await isSigned(index));
      assert.ok(!(await put(tag, indexOver(good))), 'what is there is an image');
      const gone = await server.ecr('BatchDeleteImage', {
        repositoryName,
        imageIds: [{ imageDigest: index.digest }],
      });
      assert.equal(gone.status, 200);
    }
  });

  test(`${door}: entries that are not stored are no list: the push is refused`, async () => {
    const subject = image();
    await store(subject);
    const { manifest } = referrer(subject.manifest, 'a/one');
    const list = indexOver(descriptor(manifest));
    const tag = referrersFallbackTag(subject.manifest.digest);
    const answer =
      door === '/v2'
        ? await server.pushManifest(repositoryName, tag, list).then(
            () => 'taken',
            (error: unknown) => String(error),
          )
        : JSON.stringify(
            (
              await server.ecr('PutImage', {
                repositoryName,
                imageTag: tag,
                imageManifest: Buffer.from(list.bytes).toString(),
                imageManifestMediaType: OCI_INDEX,
              })
            ).body,
          );
    assert.match(answer, /MANIFEST_BLOB_UNKNOWN|ReferencedImagesNotFoundException/);
  });
}

test('pushed under a name of its own, too, a list is an image', async () => {
  const subject = image();
  const attached = referrer(subject.manifest, 'a/one');
  await store(subject, attached);
  const list = indexOver(descriptor(attached.manifest));
  await server.pushManifest(repositoryName, referrersFallbackTag(subject.manifest.digest), list);
  assert.ok(!(await isSigned(list)));
  await server.pushManifest(repositoryName, 'release', list);
  assert.ok(await isSigned(list));
});

test('the list of a subject with a sha512 digest is known by what its tag holds of it', async () => {
  const subject = manifestOf({ schemaVersion: 2, mediaType: OCI_MANIFEST }, OCI_MANIFEST);
  const digest = `sha512:${'ab'.repeat(64)}`;
  const attached = referrer(subject, 'a/one');
  const manifest = manifestOf(
    {
      ...(JSON.parse(Buffer.from(attached.manifest.bytes).toString()) as object),
      subject: { mediaType: OCI_MANIFEST, digest, size: 7 },
    },
    OCI_MANIFEST,
  );
  await store({ ...attached, manifest });
  const tag = `sha512-${'ab'.repeat(32)}`;
  const list = indexOver(descriptor(manifest));
  await server.pushManifest(repositoryName, tag, list);
  assert.ok(!(await isSigned(list)));
  const next = indexOver(descriptor(manifest));
  await server.pushManifest(repositoryName, tag, next);
});
