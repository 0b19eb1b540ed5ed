// What the pipeline makes of a handler's outcome: outputs, the domain's refusals, bugs, and what is not offered.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ecrHeaders, makeRawClient, type RawAnswer } from '../../../test/helpers/aws-request.ts';
import { startSurfaces } from '../../../test/helpers/aws-surfaces.ts';
import { DomainError } from '../../domain/errors.ts';
import { notOffered } from './operation.ts';

let outcome: object | Error = {};
const surfaces = await startSurfaces({
  handle: () => {
    if (outcome instanceof Error) throw outcome;
    return outcome;
  },
  notOffered: {
    StartImageScan: notOffered('scanning comes later'),
    AddProfilePermission: notOffered('permissions come later'),
  },
});
const client = makeRawClient(surfaces.target);
after(async () => {
  client.close();
  await surfaces.close();
});

async function ecr(operation: string, input: object, result: object | Error): Promise<RawAnswer> {
  outcome = result;
  return client.send({ service: 'ecr', headers: ecrHeaders(operation), body: JSON.stringify(input) });
}

async function signer(
  method: string,
  target: string,
  result: object | Error,
  input?: object,
): Promise<RawAnswer> {
  outcome = result;
  return client.send({
    service: 'signer',
    method,
    target,
    body: input === undefined ? '' : JSON.stringify(input),
  });
}

const body = (answer: RawAnswer) => JSON.parse(answer.text) as Record<string, unknown>;
const repositoryName = 'team/app';

describe('an output', () => {
  test('is written by the model, with the request id', async () => {
    const answer = await ecr(
      'DeleteRepository',
      { repositoryName },
      { repository: { repositoryName, createdAt: 1500, other: 1 } },
    );
    assert.equal(answer.status, 200);
    assert.equal(answer.text, '{"repository":{"repositoryName":"team/app","createdAt":1.5}}');
    assert.match(String(answer.headers['x-amzn-requestid']), /^request-/);
    assert.equal(surfaces.reports.at(-1)?.principal?.arn, 'arn:aws:iam::123456789012:root');
  });

  test('of an operation that has none is an empty body', async () => {
    const answer = await signer('DELETE', '/signing-profiles/release', {});
    assert.deepEqual([answer.status, answer.text, answer.headers['content-type']], [200, '', undefined]);
  });
});

describe('a refusal of the domain', () => {
  test('is sent by its wire name in the form of JSON 1.1', async () => {
    const answer = await ecr(
      'ListImages',
      { repositoryName },
      new DomainError('RepositoryNotFound', 'not there', {}),
    );
    assert.equal(answer.status, 400);
    assert.deepEqual(body(answer), { __type: 'RepositoryNotFoundException', message: 'not there' });
    assert.equal(surfaces.reports.at(-1)?.unexpected, undefined);
  });

  test('carries the members that its model has', async () => {
    const place = { registryId: '123456789012', repositoryName, uploadId: 'u' };
    const input = {
      repositoryName,
      uploadId: '12345678-1234-1234-1234-123456789012',
      partFirstByte: 0,
      partLastByte: 2,
      layerPartBlob: 'AAAA',
    };
    const answer = await ecr(
      'UploadLayerPart',
      input,
      new DomainError('InvalidLayerPart', 'gap', { ...place, lastByteReceived: 7 }),
    );
    assert.deepEqual(body(answer), {
      __type: 'InvalidLayerPartException',
      message: 'gap',
      ...place,
      lastValidByteReceived: 7,
    });
  });

  test('has the status and the form of REST JSON', async () => {
    const answer = await signer(
      'GET',
      '/signing-profiles/p1',
      new DomainError('SigningProfileNotFound', 'none', {}),
    );
    assert.equal(answer.status, 404);
    assert.equal(answer.headers['x-amzn-errortype'], 'ResourceNotFoundException');
    assert.deepEqual(body(answer), { message: 'none', code: 'ResourceNotFoundException' });
  });

  test('is never sent by a name that the operation does not declare', async () => {
    const answer = await ecr('DescribeRegistry', {}, new DomainError('RepositoryNotEmpty', 'full', {}));
    assert.deepEqual(body(answer), { __type: 'InvalidParameterException', message: 'full' });
    const conflict = await signer('PUT', '/signing-profiles/p1', new DomainError('Conflict', 'late', {}), {
      platformId: 'x',
    });
    assert.deepEqual(
      [conflict.status, body(conflict)],
      [400, { message: 'late', code: 'ValidationException' }],
    );
  });
});

describe('a bug', () => {
  const bug = new TypeError('the secret is hunter2');

  test('is a ServerException without detail; the report has the error', async () => {
    const answer = await ecr('DescribeRegistry', {}, bug);
    assert.equal(answer.status, 500);
    assert.equal(body(answer).__type, 'ServerException');
    assert.doesNotMatch(answer.text, /hunter2|TypeError/);
    assert.equal(surfaces.reports.at(-1)?.unexpected, bug);
  });

  test('is an InternalServiceErrorException in the Signer API', async () => {
    const answer = await signer('GET', '/signing-platforms', bug);
    assert.deepEqual(
      [answer.status, answer.headers['x-amzn-errortype']],
      [500, 'InternalServiceErrorException'],
    );
    assert.doesNotMatch(answer.text, /hunter2/);
    assert.equal(surfaces.reports.at(-1)?.unexpected, bug);
  });
});

describe('an operation that is not offered', () => {
  test('says so and why, to callers that are known', async () => {
    const scan = await ecr('StartImageScan', { repositoryName, imageId: {} }, {});
    assert.equal(scan.status, 400);
    assert.deepEqual(body(scan), {
      __type: 'UnknownOperationException',
      message: 'StartImageScan is not offered yet: scanning comes later',
    });
    const permission = await signer('POST', '/signing-profiles/p1/permissions', {}, {});
    assert.equal(permission.headers['x-amzn-errortype'], 'UnknownOperationException');
    assert.match(permission.text, /permissions come later/);
    const unsigned = await client.send({
      service: 'ecr',
      headers: ecrHeaders('StartImageScan'),
      unsigned: true,
    });
    assert.equal(body(unsigned).__type, 'MissingAuthenticationTokenException');
  });
});
