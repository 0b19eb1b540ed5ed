// A refusal is never much larger than what was sent, whoever gives it; and what it leaves out it counts.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { ServiceModel } from '../../../src/http/aws/model.ts';
import { boundedRefusal, MOST_REFUSAL_BYTES, shortened } from '../../../src/http/bounded-refusal.ts';
import { model as ecrModel } from '../../../src/http/ecr/generated/model.ts';
import { model as iamModel } from '../../../src/http/iam/generated/model.ts';
import { model as signerModel } from '../../../src/http/signer/generated/model.ts';
import { model as stsModel } from '../../../src/http/sts/generated/model.ts';
import { digestOf } from '../../../src/shared/digest.ts';
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '../../../src/shared/media-types.ts';
import { ecrHeaders, formHeaders, makeRawClient, type RawRequest } from '../../helpers/aws-request.ts';
import { formBody, type Json, restRequest, shapeOf, validInput } from '../../helpers/model-inputs.ts';
import { jsonOf, startOciServer } from '../../helpers/oci-client.ts';
import { headText, openConnection } from '../../helpers/raw-connection.ts';
import { assertBounded } from '../../helpers/refusal-bound.ts';

const server = await startOciServer();
const aws = makeRawClient({ url: `http://127.0.0.1:${server.port}`, credentials: server.credentials });
after(async () => {
  aws.close();
  await server.close();
});

const layer = (n: number | string) => ({
  mediaType: 'application/vnd.oci.image.layer.v1.tar',
  digest: digestOf(Buffer.from(String(n))),
  size: 1,
});
const many = (length: number) => Array.from({ length }, (_, n) => layer(n));
const imageOf = (layers: readonly object[]) =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { ...layer('c'), mediaType: OCI_CONFIG },
    layers,
  });
const indexOf = (children: readonly object[]) =>
  JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: children });

interface Entry {
  readonly code: string;
  readonly message: string;
  readonly detail: { readonly digest?: string; readonly omitted?: number };
}

describe('a manifest of which nothing is there', () => {
  for (const [title, length] of [
    ['few', 3],
    ['many', 4096],
  ] as const) {
    for (const [kind, mediaType, body] of [
      ['layers', OCI_MANIFEST, imageOf(many(length))],
      ['children', OCI_INDEX, indexOf(many(length).map((child) => ({ ...child, mediaType: OCI_MANIFEST })))],
    ] as const) {
      test(`${title} ${kind}: the answer names what fits and counts the rest`, async () => {
        const repository = await server.repository();
        const missing = kind === 'layers' ? length + 1 : length;
        const put = await server.send('PUT', `/v2/${repository}/manifests/x`, {
          headers: { 'content-type': mediaType },
          body,
        });
        assert.equal(put.status, 400);
        assertBounded(body.length, { status: put.status, bodyBytes: put.body.length }, () => title);
        // What oras reads of it.
        assert.ok(put.body.length <= 8 * 1024);
        const errors = jsonOf(put)['errors'] as Entry[];
        assert.ok(errors.every(({ code }) => code === 'MANIFEST_BLOB_UNKNOWN'));
        const named = errors.filter(({ detail }) => detail.digest !== undefined).length;
        const omitted = errors.at(-1)?.detail.omitted ?? 0;
        assert.equal(named + omitted, missing);
        if (length > 1000) assert.match(errors.at(-1)?.message ?? '', /^and \d+ more like these$/);
        if (length > 1000)
          assert.match(errors[0]?.message ?? '', new RegExp(`, and ${missing - 20} more\\]`));

        const call = JSON.stringify({
          repositoryName: repository,
          imageManifest: body,
          imageManifestMediaType: mediaType,
        });
        const answer = await aws.send({ service: 'ecr', headers: ecrHeaders('PutImage'), body: call });
        assertBounded(
          call.length,
          { status: answer.status, bodyBytes: Buffer.byteLength(answer.text) },
          () => title,
        );
        const { __type, message } = JSON.parse(answer.text) as { __type: string; message: string };
        assert.equal(
          __type,
          kind === 'layers' ? 'LayersNotFoundException' : 'ReferencedImagesNotFoundException',
        );
        assert.equal(message, errors[0]?.message);
      });
    }
  }
});

/** The input with every text very long, and every list as well. */
function swollen(model: ServiceModel, name: string, value: unknown): unknown {
  const shape = shapeOf(model, name);
  switch (shape.type) {
    case 'structure':
      return Object.fromEntries(
        Object.entries(value as Json).map(([member, item]) => [
          member,
          swollen(model, shape.members[member]?.shape ?? '', item),
        ]),
      );
    case 'list':
      return Array.from({ length: 300 }, () => (value as unknown[])[0]);
    case 'map':
      return Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`${n}`.repeat(30), 'v'.repeat(300)]));
    case 'string':
      return '\u0001"<é'.repeat(400);
    case 'blob':
      return Buffer.alloc(3000).toString('base64');
    default:
      return value;
  }
}

const VERSIONS = { iam: '2010-05-08', sts: '2011-06-15' } as const;
const apis = [
  ['ecr', ecrModel],
  ['signer', signerModel],
  ['iam', iamModel],
  ['sts', stsModel],
] as const;

for (const [service, model] of apis) {
  test(`${service}: every operation refuses a swollen input in few bytes, whole or one member at a time`, async () => {
    let refusals = 0;
    for (const [name, operation] of Object.entries(model.operations)) {
      const valid = validInput(model, operation);
      const large = swollen(model, operation.input, valid) as Json;
      const inputs = [
        large,
        ...Object.keys(valid).map((member) => ({ ...valid, [member]: large[member] })),
        { ...valid, registryId: '999999999999' },
      ];
      for (const input of inputs) {
        const raw: RawRequest =
          service === 'ecr'
            ? { service, headers: ecrHeaders(name), body: JSON.stringify(input) }
            : service === 'signer'
              ? { service, ...restRequest(model, operation, input) }
              : { service, headers: formHeaders, body: formBody(name, VERSIONS[service], input) };
        const answer = await aws.send(raw);
        const sent = (raw.target?.length ?? 1) + (raw.body?.length ?? 0);
        const context = () => `${name} ${answer.status} ${answer.text.slice(0, 200)}`;
        assert.ok(answer.status < 500, context());
        if (answer.status >= 400) refusals += 1;
        assertBounded(sent, { status: answer.status, bodyBytes: Buffer.byteLength(answer.text) }, context);
      }
    }
    assert.ok(refusals >= Object.keys(model.operations).length, `only ${refusals} refusals`);
  });
}

test('every other refusal is small, and says that it is no page', async () => {
  const authorization = await server.login();
  const long = 'x'.repeat(7000);
  const odd = '%22%3Cscript%3E'.repeat(400);
  for (const [method, target, headers] of [
    ['GET', `/${long}`, {}],
    ['GET', `/v2/${long}/manifests/x`, {}],
    ['GET', `/v2/${long}/manifests/x`, { authorization }],
    ['GET', `/v2/a/manifests/${odd}`, { authorization }],
    ['GET', `/v2/a/blobs/sha256:${long}`, { authorization }],
    ['GET', `/v2/a/referrers/${odd}`, { authorization }],
    ['PUT', `/v2/a/manifests/${odd}`, { authorization, 'content-length': 0 }],
    ['POST', `/v2/a/blobs/uploads/?digest=${odd}`, { authorization, 'content-length': 0 }],
    ['GET', `/v2/_catalog?n=${long}`, { authorization }],
    ['X'.repeat(20), '/v2/', { authorization }],
    ['GET', `/trust/${long}`, {}],
    ['POST', '/trust/123456789012/root.pem', { 'content-length': 0 }],
    ['POST', '/healthz', { 'content-length': 0 }],
    ['GET', `/admin/${long}`, {}],
    ['GET', `/admin/gc?${odd}`, { authorization: long }],
    ['GET', `/signing-profiles/${odd}`, {}],
    ['GET', '/', { authorization: `AWS4-HMAC-SHA256 Credential=${long}` }],
    ['POST', '/', { 'x-amz-target': long, 'content-type': 'application/x-amz-json-1.1' }],
    ['GET', '/healthz', { expect: long }],
    ['GET', '/healthz', { big: 'x'.repeat(20_000) }],
    ['GET', `/${'x'.repeat(9000)}`, {}],
    ['GET', `/${'x'.repeat(20_000)}`, {}],
    ['<script>', '/', {}],
  ] as const) {
    const connection = await openConnection(server.port);
    connection.write(headText(method, target, headers));
    const answer = await connection.answer();
    const context = () => `${method} ${target.slice(0, 60)} ${answer?.status} ${answer?.body.slice(0, 200)}`;
    assert.ok(answer !== undefined && answer.status >= 400, context());
    // The smallest allowance: nothing here has a body.
    assertBounded(0, { status: answer.status, bodyBytes: Buffer.byteLength(answer.body) }, context);
    assert.equal(answer.headers['x-content-type-options'], 'nosniff', context());
    connection.destroy();
  }
});

test('every kind of good answer says that it is no page', async () => {
  const repository = await server.repository();
  await server.push(repository, { digest: layer(1).digest, bytes: Buffer.from('1') });
  const empty = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] });
  const headers = { 'content-type': OCI_INDEX };
  const put = await server.send('PUT', `/v2/${repository}/manifests/x`, { headers, body: empty });
  assert.equal(put.status, 201);
  for (const target of [
    '/v2/',
    '/v2/_catalog',
    `/v2/${repository}/tags/list`,
    `/v2/${repository}/manifests/x`,
    `/v2/${repository}/blobs/${layer(1).digest}`,
    `/v2/${repository}/referrers/${layer(1).digest}`,
    '/healthz',
    '/readyz',
    '/metrics',
  ]) {
    for (const method of ['GET', 'HEAD']) {
      const answer = await server.send(method, target);
      assert.ok(answer.status < 300, target);
      assert.equal(answer.headers['x-content-type-options'], 'nosniff', `${method} ${target}`);
    }
  }
  const call = await aws.send({ service: 'ecr', headers: ecrHeaders('DescribeRegistry'), body: '{}' });
  assert.deepEqual([call.status, call.headers['x-content-type-options']], [200, 'nosniff']);
});

test('a text of the worst kind is cut until it fits, and says how much is missing', () => {
  for (const text of ['\u0000'.repeat(MOST_REFUSAL_BYTES), '😀'.repeat(100_000), 'a'.repeat(5000)]) {
    const body = boundedRefusal(4096, (room) => JSON.stringify({ message: shortened(text, room) }));
    assert.ok(Buffer.byteLength(body) <= 4096 && Buffer.byteLength(body) > 500, String(body.length));
    const { message } = JSON.parse(body) as { message: string };
    const [, count] = /… \((\d+) more characters\)$/.exec(message) ?? [];
    const kept = message.slice(0, message.lastIndexOf('…'));
    assert.equal(kept.length + Number(count), text.length);
    assert.ok(kept.isWellFormed());
  }
});
