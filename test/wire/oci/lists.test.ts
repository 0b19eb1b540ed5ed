// Lists of tags, repositories and referrers, by pages.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { digestOf } from '../../../src/shared/digest.ts';
import { OCI_INDEX, OCI_MANIFEST } from '../../../src/shared/media-types.ts';
import { blob, descriptor, image, manifestOf, referrer, type TestManifest } from '../../helpers/images.ts';
import { jsonOf, type OciAnswer, type OciServer, refused, startOciServer } from '../../helpers/oci-client.ts';

let server: OciServer;
before(async () => {
  server = await startOciServer();
});
after(() => server.close());

function nextOf(answer: OciAnswer): string | undefined {
  const { link } = answer.headers;
  if (link === undefined) return undefined;
  const target = /^<([^>]+)>; rel="next"$/.exec(String(link))?.[1];
  assert.ok(target?.startsWith('/v2/'), String(link));
  return target;
}

/** All pages from a first one, each as its list. */
async function pages<T>(first: string, member: string): Promise<T[][]> {
  const found: T[][] = [];
  for (let target: string | undefined = first; target !== undefined; ) {
    const answer: OciAnswer = await server.send('GET', target);
    assert.equal(answer.status, 200, answer.body.toString());
    found.push(jsonOf(answer)[member] as T[]);
    target = nextOf(answer);
    assert.ok(found.length < 100, 'the list does not end');
  }
  return found;
}

test('tags in byte order, by pages of the size asked for', async () => {
  const repository = await server.repository();
  const list = `/v2/${repository}/tags/list`;
  assert.deepEqual(jsonOf(await server.send('GET', list)), { name: repository, tags: [] });
  const tags = ['b', 'B', 'a', '_x', '1.0', 'latest', 'v10', 'v2'];
  const made = image();
  for (const tag of tags) await server.pushImage(repository, tag, made);
  const sorted = [...tags].sort();
  assert.deepEqual(jsonOf(await server.send('GET', list)), { name: repository, tags: sorted });
  assert.deepEqual(await pages(`${list}?n=3`, 'tags'), [
    sorted.slice(0, 3),
    sorted.slice(3, 6),
    sorted.slice(6),
  ]);
  assert.deepEqual(await pages(`${list}?n=8`, 'tags'), [sorted]);
  assert.deepEqual(await pages(`${list}?n=99999`, 'tags'), [sorted]);
  assert.deepEqual(await pages(`${list}?last=a`, 'tags'), [sorted.slice(sorted.indexOf('a') + 1)]);
  assert.deepEqual(await pages(`${list}?last=c&n=2`, 'tags'), [['latest', 'v10'], ['v2']]);
  const none = await server.send('GET', `${list}?n=0`);
  assert.deepEqual(jsonOf(none), { name: repository, tags: [] });
  assert.equal(none.headers.link, undefined);
  assert.equal((await server.send('HEAD', list)).status, 200);
});

test('bad paging and unknown repositories are refused', async () => {
  const repository = await server.repository();
  for (const query of ['n=-1', 'n=x', 'n=1.5', 'n=99999999999', `last=${'a'.repeat(300)}`]) {
    refused(
      await server.send('GET', `/v2/${repository}/tags/list?${query}`),
      400,
      'PAGINATION_NUMBER_INVALID',
    );
    refused(await server.send('GET', `/v2/_catalog?${query}`), 400, 'PAGINATION_NUMBER_INVALID');
  }
  refused(await server.send('GET', '/v2/not/there/tags/list'), 404, 'NAME_UNKNOWN');
  refused(await server.send('GET', '/v2/not/there/tags/list?n=0'), 404, 'NAME_UNKNOWN');
});

test('the catalog lists the repositories of the registry', async () => {
  const names = [await server.repository(), await server.repository(), await server.repository()];
  const all = (await pages<string>('/v2/_catalog', 'repositories')).flat();
  assert.ok(names.every((name) => all.includes(name)));
  assert.deepEqual(all, [...all].sort());
  assert.deepEqual((await pages<string>('/v2/_catalog?n=2', 'repositories')).flat(), all);
});

test('referrers: an empty index for what has none, whether it exists or not', async () => {
  const repository = await server.repository();
  for (const digest of [digestOf(Buffer.from('x')), digestOf(Buffer.from('x'), 'sha512')]) {
    const answer = await server.send('GET', `/v2/${repository}/referrers/${digest}`);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['content-type'], OCI_INDEX);
    assert.deepEqual(jsonOf(answer), { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] });
    assert.equal(answer.headers['oci-filters-applied'], undefined);
  }
  refused(await server.send('GET', `/v2/${repository}/referrers/sha256:x`), 400, 'DIGEST_INVALID');
  refused(await server.send('GET', `/v2/${repository}/referrers/latest`), 400, 'DIGEST_INVALID');
});

test('referrers with their types and annotations, filtered when asked', async () => {
  const repository = await server.repository();
  const subject = image();
  await server.pushImage(repository, 'v1', subject);
  const sbom = referrer(subject.manifest, 'application/vnd.example.sbom');
  const scan = referrer(subject.manifest, 'application/vnd.example.scan');
  for (const artifact of [sbom, scan]) await server.pushImage(repository, artifact.manifest.digest, artifact);
  const config = blob(Buffer.from('{"kind":"config"}'));
  await server.pushBlob(repository, config);
  const noted: TestManifest = manifestOf(
    {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: {
        mediaType: 'application/vnd.example.config',
        digest: config.digest,
        size: config.bytes.length,
      },
      layers: [],
      subject: descriptor(subject.manifest),
      annotations: { 'org.example.note': 'ä note' },
    },
    OCI_MANIFEST,
  );
  await server.pushManifest(repository, noted.digest, noted);
  const target = `/v2/${repository}/referrers/${subject.manifest.digest}`;
  const all = (await pages<{ digest: string }>(target, 'manifests')).flat();
  assert.deepEqual(
    new Set(all.map(({ digest }) => digest)),
    new Set([sbom.manifest.digest, scan.manifest.digest, noted.digest]),
  );
  assert.deepEqual(
    all.find(({ digest }) => digest === noted.digest),
    {
      ...descriptor(noted),
      artifactType: 'application/vnd.example.config',
      annotations: { 'org.example.note': 'ä note' },
    },
  );
  const filtered = await server.send('GET', `${target}?artifactType=application/vnd.example.sbom`);
  assert.equal(filtered.headers['oci-filters-applied'], 'artifactType');
  assert.deepEqual(jsonOf(filtered)['manifests'], [
    { ...descriptor(sbom.manifest), artifactType: 'application/vnd.example.sbom' },
  ]);
  assert.equal(
    (await server.send('DELETE', `/v2/${repository}/manifests/${sbom.manifest.digest}`)).status,
    202,
  );
  const left = (await pages<{ digest: string }>(target, 'manifests')).flat();
  assert.ok(!left.some(({ digest }) => digest === sbom.manifest.digest));
});

test('many referrers, and large ones, come in several indexes', async () => {
  const repository = await server.repository();
  const subject = image().manifest;
  const config = blob(Buffer.from('{}'));
  await server.pushBlob(repository, config);
  const digests = new Set<string>();
  for (let made = 0; made < 105; made += 1) {
    const manifest = manifestOf(
      {
        schemaVersion: 2,
        mediaType: OCI_MANIFEST,
        artifactType: 'application/vnd.example.note',
        config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: config.digest, size: 2 },
        layers: [],
        subject: descriptor(subject),
        annotations: { number: String(made), note: 'x'.repeat(60_000) },
      },
      OCI_MANIFEST,
    );
    await server.pushManifest(repository, manifest.digest, manifest);
    digests.add(manifest.digest);
  }
  const type = encodeURIComponent('application/vnd.example.note');
  const target = `/v2/${repository}/referrers/${subject.digest}?artifactType=${type}`;
  const found = await pages<{ digest: string }>(target, 'manifests');
  assert.ok(found.length >= 2);
  for (const page of found) assert.ok(JSON.stringify(page).length <= 4 * 1024 * 1024);
  const listed = found.flat().map(({ digest }) => digest);
  assert.equal(listed.length, 105);
  assert.deepEqual(new Set(listed), digests);
});
