// Answers that are meant to be large have a bound, too: a page ends early and names the next one, or the call says that
// it asks for too much. None holds the server for long, which is why: the bounds count what has to be written.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { OCI_CONFIG, OCI_MANIFEST } from '../../../src/shared/media-types.ts';
import { ecrHeaders, formHeaders, makeRawClient, type RawAnswer } from '../../helpers/aws-request.ts';
import { blob, descriptor, manifestOf, type TestManifest } from '../../helpers/images.ts';
import { formBody } from '../../helpers/model-inputs.ts';
import { jsonOf, startOciServer } from '../../helpers/oci-client.ts';

const server = await startOciServer();
const aws = makeRawClient({ url: `http://127.0.0.1:${server.port}`, credentials: server.credentials });
after(async () => {
  aws.close();
  await server.close();
});
const repositoryName = await server.repository();
const config = blob(Buffer.from('{}'));
await server.pushBlob(repositoryName, config);

const manifest = (more: object): TestManifest =>
  manifestOf(
    {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: { mediaType: OCI_CONFIG, digest: config.digest, size: 2 },
      layers: [],
      ...more,
    },
    OCI_MANIFEST,
  );

async function ecr(operation: string, input: object): Promise<RawAnswer & { readonly json: never }> {
  const raw = { service: 'ecr', headers: ecrHeaders(operation), body: JSON.stringify(input) } as const;
  const answer = await aws.send(raw);
  return { ...answer, json: JSON.parse(answer.text) as never };
}

describe('images with a thousand tags each', () => {
  const images = Array.from({ length: 7 }, (_, n) => manifest({ n }));
  const ids = images.map(({ digest }) => ({ imageDigest: digest }));
  before(async () => {
    for (const { digest, bytes } of images)
      for (let part = 0; part < 10; part += 1) {
        const tags = Array.from({ length: 100 }, (_, n) => `tag=${digest.slice(7, 12)}-${part}-${n}`);
        const target = `/v2/${repositoryName}/manifests/${digest}?${tags.join('&')}`;
        const headers = { 'content-type': OCI_MANIFEST };
        assert.equal((await server.send('PUT', target, { headers, body: bytes })).status, 201);
      }
  });

  test('DescribeImages ends a page with 5,000 tags, and goes on with the next', async () => {
    const sizes: number[] = [];
    const seen = new Set<string>();
    for (let nextToken: string | undefined; ; ) {
      const { json } = await ecr('DescribeImages', { repositoryName, maxResults: 1000, nextToken });
      const page: { imageDetails: { imageTags: string[] }[]; nextToken?: string } = json;
      const tags = page.imageDetails.flatMap(({ imageTags }) => imageTags);
      sizes.push(tags.length);
      for (const tag of tags) seen.add(tag);
      nextToken = page.nextToken;
      if (nextToken === undefined) break;
    }
    assert.deepEqual(sizes, [5000, 2000]);
    assert.equal(seen.size, 7000);
  });

  test('DescribeImages of images by name gives all of their tags', async () => {
    const { status, json } = await ecr('DescribeImages', { repositoryName, imageIds: ids });
    const { imageDetails }: { imageDetails: { imageTags: string[] }[] } = json;
    assert.deepEqual([status, imageDetails.flatMap(({ imageTags }) => imageTags).length], [200, 7000]);
  });

  test('BatchDeleteImage deletes them all, and names the images alone beyond 5,000', async () => {
    const { status, json } = await ecr('BatchDeleteImage', { repositoryName, imageIds: ids });
    assert.equal(status, 200);
    const { imageIds, failures }: { imageIds: { imageDigest: string; imageTag?: string }[]; failures: [] } =
      json;
    assert.deepEqual(failures, []);
    assert.equal(imageIds.filter(({ imageTag }) => imageTag !== undefined).length, 5000);
    assert.deepEqual(
      new Set(imageIds.map(({ imageDigest }) => imageDigest)),
      new Set(images.map(({ digest }) => digest)),
    );
    assert.equal(imageIds.length, 5002);
  });
});

test('BatchGetImage gives the largest manifest there may be, and refuses more together', async () => {
  const largest = manifest({ x: 'x'.repeat(4 * 1024 * 1024 - 400) });
  await server.pushManifest(repositoryName, 'largest', largest);
  await server.pushManifest(repositoryName, 'small', manifest({ y: 'y'.repeat(4000) }));
  const get = (...tags: string[]) =>
    ecr('BatchGetImage', { repositoryName, imageIds: tags.map((imageTag) => ({ imageTag })) });
  const one = await get('largest');
  assert.equal(one.status, 200);
  const both = await get('largest', 'small');
  assert.equal(both.status, 400);
  assert.match(both.text, /LimitExceededException.*fewer images at a time/s);
});

test('a page of referrers ends with 256 KiB of annotations, on both surfaces, whole or by type', async () => {
  const subject = manifest({ of: 'referrers' });
  await server.pushManifest(repositoryName, 'subject', subject);
  const made = Array.from({ length: 12 }, (_, n) =>
    manifest({
      artifactType: n % 2 === 0 ? 'a/even' : 'a/odd',
      subject: descriptor(subject),
      annotations: { n: String(n), note: 'x'.repeat(60_000) },
    }),
  );
  for (const each of made) await server.pushManifest(repositoryName, each.digest, each);
  for (const filter of ['', '?artifactType=a/even&artifactType=a/odd']) {
    const pages: number[] = [];
    const seen = new Set<string>();
    for (
      let target: string | undefined = `/v2/${repositoryName}/referrers/${subject.digest}${filter}`;
      target !== undefined;
    ) {
      const answer = await server.send('GET', target);
      assert.ok(answer.body.length < 400 * 1024, String(answer.body.length));
      const { manifests } = jsonOf(answer) as { manifests: { digest: string }[] };
      pages.push(manifests.length);
      for (const { digest } of manifests) seen.add(digest);
      target = /<(.*)>/.exec(String(answer.headers.link ?? ''))?.[1];
    }
    assert.deepEqual([pages, seen.size], [[5, 5, 2], 12]);
  }
  const { json } = await ecr('ListImageReferrers', {
    repositoryName,
    subjectId: { imageDigest: subject.digest },
    maxResults: 50,
  });
  const { referrers, nextToken }: { referrers: object[]; nextToken?: string } = json;
  assert.ok(referrers.length === 5 && nextToken !== undefined);
});

describe('SimulatePrincipalPolicy', () => {
  const source = 'arn:aws:iam::123456789012:user/simulated';
  const simulate = (input: object) =>
    aws.send({
      service: 'iam',
      headers: formHeaders,
      body: formBody('SimulatePrincipalPolicy', '2010-05-08', { PolicySourceArn: source, ...input }),
    });
  before(async () => {
    const body = formBody('CreateUser', '2010-05-08', { UserName: 'simulated' });
    assert.equal((await aws.send({ service: 'iam', headers: formHeaders, body })).status, 200);
  });
  const document = (characters: number) => {
    const action = `ecr:${'a'.repeat(200)}`;
    const Action = Array.from({ length: Math.floor(characters / 210) }, () => action);
    return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });
  };
  const question = (policies: number, characters: number) => ({
    ActionNames: Array.from({ length: 40 }, (_, n) => `ecr:Action${n}`),
    ResourceArns: Array.from({ length: 20 }, (_, n) => `arn:aws:ecr:us-east-1:123456789012:repository/${n}`),
    PolicyInputList: Array.from({ length: policies }, () => document(characters)),
    MaxItems: 1000,
  });
  const resultsOf = ({ text }: RawAnswer) => text.split('<EvalDecision>').length - 1;

  test('answers small questions whole, and large ones by shorter pages', async () => {
    const whole = await simulate(question(2, 1000));
    assert.deepEqual([whole.status, resultsOf(whole)], [200, 800]);
    const part = await simulate(question(20, 15_000));
    assert.equal(part.status, 200);
    assert.ok(resultsOf(part) >= 1 && resultsOf(part) < 20, String(resultsOf(part)));
    const [, Marker] = /<Marker>(.*?)<\/Marker>/.exec(part.text) ?? [];
    const next = await simulate({ ...question(20, 15_000), Marker });
    assert.equal(resultsOf(next), resultsOf(part));
  });

  test('refuses a resource policy that is none', async () => {
    for (const ResourcePolicy of ['value', '[]', '{"Statement":']) {
      const answer = await simulate({ ActionNames: ['ecr:PutImage'], ResourcePolicy });
      assert.equal(answer.status, 400, answer.text);
    }
  });
});
