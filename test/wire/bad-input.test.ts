// Bad input, made from the wire models: every fault of every member of every operation, one at a time, through
// the real pipeline (signature, limits, parsing, checks, authorization). Each must be refused with a 4xx that
// names what is wrong; none may reach a handler.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { signRequest } from '../../src/http/auth/sigv4-canonical.ts';
import { model as ecrModel } from '../../src/http/ecr/generated/model.ts';
import { model as signerModel } from '../../src/http/signer/generated/model.ts';
import { ecrHeaders, makeRawClient, type RawRequest } from '../helpers/aws-request.ts';
import { startSurfaces } from '../helpers/aws-surfaces.ts';
import {
  type Fault,
  inputFaults,
  type Json,
  restRequest,
  validInput,
  withFault,
} from '../helpers/model-inputs.ts';
import { assertNames, codeOf, makeRefused } from '../helpers/refused.ts';

const surfaces = await startSurfaces();
const { target, reached, reports } = surfaces;
const client = makeRawClient(target);
after(async () => {
  client.close();
  await surfaces.close();
});

const refused = makeRefused(surfaces, client);

const ecrRequest = (name: string, input: Json | string): RawRequest => ({
  service: 'ecr',
  headers: ecrHeaders(name),
  body: typeof input === 'string' ? input : JSON.stringify(input),
});

describe('ECR: every operation', () => {
  for (const [name, operation] of Object.entries(ecrModel.operations)) {
    test(`${name} takes a full input, and refuses it with any single fault`, async () => {
      const input = validInput(ecrModel, operation);
      const before = reached.length;
      const good = await client.send(ecrRequest(name, { ...input, unknownMember: { a: [1] } }));
      assert.equal(good.status, 200, good.text);
      assert.deepEqual(
        reached.slice(before).map((call) => call.name),
        [name],
      );
      assert.equal(good.headers['content-type'], 'application/x-amz-json-1.1');
      for (const fault of inputFaults(ecrModel, operation)) {
        const raw = ecrRequest(name, withFault(input, fault));
        const answer = await refused(
          raw,
          400,
          fault.kind === 'malformed' ? 'SerializationException' : 'InvalidParameterException',
        );
        assertNames(answer, fault);
      }
    });
  }

  const ofRegistry = Object.entries(ecrModel.operations).filter(([, { input }]) => {
    const shape = ecrModel.shapes[input];
    return shape?.type === 'structure' && 'registryId' in shape.members;
  });
  test('the registry of another account is refused', async () => {
    assert.ok(ofRegistry.length >= 34, String(ofRegistry.length));
    for (const [name, operation] of ofRegistry) {
      const input = { ...validInput(ecrModel, operation), registryId: '999999999999' };
      const message = new RegExp(
        `^User: arn:aws:iam::123456789012:root is not authorized to perform: ecr:${name} on resource: arn:aws:ecr:us-east-1:999999999999:`,
      );
      await refused(ecrRequest(name, input), 400, 'AccessDeniedException', message);
    }
  });
});

/** Whether a fault of a member of the path or the query can be written down: text has no wrong JSON type. */
function canBeText({ kind, bad }: Fault, location: 'uri' | 'querystring'): boolean {
  if (kind === 'malformed' || bad === null) return false;
  if (location === 'uri') return typeof bad === 'string' && bad !== '';
  return !Array.isArray(bad) || bad.length > 0;
}

describe('Signer: every operation', () => {
  for (const [name, operation] of Object.entries(signerModel.operations)) {
    const inputShape = signerModel.shapes[operation.input];
    assert.ok(inputShape?.type === 'structure');
    const faults = inputFaults(signerModel, operation).filter((fault) => {
      const location = inputShape.members[String(fault.at[0])]?.location;
      return location === undefined || canBeText(fault, location);
    });
    const declared = ['ValidationException', 'BadRequestException'].find((code) =>
      operation.errors.includes(code),
    );

    test(`${name} takes a full input, and refuses it with any single fault`, async () => {
      const input = validInput(signerModel, operation);
      const before = reached.length;
      const good = await client.send({
        service: 'signer',
        ...restRequest(signerModel, operation, { ...input, unknownMember: 1 }),
      });
      assert.equal(good.status, 200, good.text);
      assert.deepEqual(
        reached.slice(before).map((call) => call.name),
        [name],
      );
      for (const fault of faults) {
        const raw = {
          service: 'signer',
          ...restRequest(signerModel, operation, withFault(input, fault)),
        } as const;
        const answer = await refused(
          raw,
          400,
          fault.kind === 'malformed' ? 'SerializationException' : (declared ?? 'ValidationException'),
        );
        assertNames(answer, fault);
      }
    });
  }
});

describe('Signer: text that is no value', () => {
  for (const [target, words] of [
    ['/signing-profiles?maxResults=x', /'maxResults' must be a whole number/],
    ['/signing-profiles?maxResults=1.5', /'maxResults' must be a whole number/],
    ['/signing-profiles?maxResults=', /'maxResults' must be a whole number/],
    ['/signing-profiles?maxResults=2&maxResults=3', /'maxResults' must be there once/],
    ['/signing-profiles?includeCanceled=yes', /'includeCanceled' must be true or false/],
    ['/signing-jobs?signatureExpiresBefore=yesterday', /'signatureExpiresBefore' must be a time/],
    ['/signing-jobs?signatureExpiresBefore=Jan%201%202026', /'signatureExpiresBefore' must be a time/],
    ['/signing-jobs/%ff%fe', /percent-encoding/],
  ] as const) {
    test(`GET ${target}`, async () => {
      await refused({ service: 'signer', method: 'GET', target }, 400, 'SerializationException', words);
    });
  }

  test('a plus sign in a query is not a space', async () => {
    const before = reached.length;
    await client.send({ service: 'signer', method: 'GET', target: '/signing-profiles?nextToken=a+b%2Bc' });
    assert.deepEqual(reached.slice(before), [{ name: 'ListSigningProfiles', input: { nextToken: 'a+b+c' } }]);
  });

  test('a path or a method that no operation has', async () => {
    for (const [method, target] of [
      ['GET', '/signing-profiles/a/b/c/d'],
      ['GET', '/signing-profiles/'],
      ['PATCH', '/signing-profiles/a'],
      ['POST', '/signing-jobs/with-payload/'],
      ['GET', '/tags//'],
      ['GET', `/signing-jobs/${'a'.repeat(4000)}/x`],
    ] as const) {
      await refused({ service: 'signer', method, target }, 404, 'UnknownOperationException');
    }
  });
});

describe('requests that are no calls', () => {
  const describeRegistry = ecrRequest('DescribeRegistry', {});

  test('a body that is no JSON object', async () => {
    for (const body of [
      '{',
      '[]',
      'null',
      '7',
      '"x"',
      '{"a":1}}',
      "{'a':1}",

      '['.repeat(500_000),
    ]) {
      await refused(ecrRequest('DescribeRegistry', body), 400, 'SerializationException', /request body/);
      const put = { service: 'signer', method: 'PUT', target: '/signing-profiles/p1', body } as const;
      if (body !== '') await refused(put, 400, 'SerializationException', /request body/);
    }
    const notUtf8 = {
      ...describeRegistry,
      body: Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]),
    };
    await refused(notUtf8, 400, 'SerializationException', /request body/);
  });

  test('a target that is no operation', async () => {
    for (const target of [
      'AmazonEC2ContainerRegistry_V20150921.NoSuchOperation',
      'AmazonEC2ContainerRegistry_V20150921.constructor',
      'AmazonEC2ContainerRegistry_V20150921.__proto__',
      'AmazonEC2ContainerRegistry_V20150921.',
      'AmazonEC2ContainerRegistry_V20150921',
      'AmazonEC2ContainerRegistry_V20990101.DescribeRegistry',
      'DescribeRegistry',
      'x'.repeat(5000),
    ]) {
      const raw = { ...describeRegistry, headers: { ...ecrHeaders(''), 'x-amz-target': target } };
      const answer = await refused(raw, 404, 'UnknownOperationException');
      assert.ok(answer.text.length < 1000);
    }
    const { 'x-amz-target': _, ...untargeted } = ecrHeaders('');
    await refused({ ...describeRegistry, headers: untargeted }, 404, 'UnknownOperationException');
  });

  test('another method or another content type', async () => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      await refused({ ...describeRegistry, method }, 405, 'MethodNotAllowedException');
    }
    for (const type of ['application/json', 'text/plain', 'application/x-amz-json-1.0', '']) {
      const headers = { ...ecrHeaders('DescribeRegistry'), 'content-type': type };
      await refused({ ...describeRegistry, headers }, 415, 'UnsupportedMediaTypeException');
    }
    const headers = {
      ...ecrHeaders('DescribeRegistry'),
      'content-type': 'Application/X-Amz-Json-1.1; charset=utf-8',
    };
    assert.equal((await client.send({ ...describeRegistry, headers })).status, 200);
  });

  test('no signature, a key that nobody has, a body that was changed', async () => {
    await refused({ ...describeRegistry, unsigned: true }, 403, 'MissingAuthenticationTokenException');
    await refused(
      { service: 'signer', method: 'GET', target: '/signing-profiles', unsigned: true },
      403,
      'MissingAuthenticationTokenException',
    );
    await refused({ ...describeRegistry, service: 'signer' }, 400, 'InvalidSignatureException', /'ecr'/);
    const { url } = target;
    const stranger = makeRawClient({ url, credentials: { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' } });
    const forger = makeRawClient({ url, credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'x' } });
    try {
      const unknown = await stranger.send(describeRegistry);
      assert.deepEqual([unknown.status, codeOf(unknown)], [400, 'UnrecognizedClientException']);
      const forged = await forger.send(describeRegistry);
      assert.deepEqual([forged.status, codeOf(forged)], [400, 'InvalidSignatureException']);
    } finally {
      stranger.close();
      forger.close();
    }
  });
});

describe('bodies that are too large', () => {
  const huge = Buffer.alloc(100 * 1024 * 1024, 0x20);
  for (const chunked of [false, true]) {
    test(`100 MiB ${chunked ? 'in chunks' : 'with their length'} are refused, and the connection serves on`, async () => {
      const raw = { ...ecrRequest('DescribeRepositories', ''), body: huge, chunked };
      await refused(raw, 413, 'RequestEntityTooLargeException', /larger than 1048576 bytes/);
      await refused({ ...raw, unsigned: true }, 403, 'MissingAuthenticationTokenException');
      assert.equal((await client.send(ecrRequest('DescribeRegistry', {}))).status, 200);
    });
  }

  test('one byte above the limit is refused, the limit itself is not', async () => {
    const filled = (length: number) => ecrRequest('DescribeRegistry', `{}${' '.repeat(length - 2)}`);
    assert.equal((await client.send(filled(1024 * 1024))).status, 200);
    await refused(filled(1024 * 1024 + 1), 413, 'RequestEntityTooLargeException');
  });

  test('a client that goes away in the middle of a body is no error of the server', async () => {
    const { hostname, port } = new URL(target.url);
    const before = reports.length;
    const headers = signRequest({
      method: 'POST',
      target: '/',
      headers: { host: `${hostname}:${port}`, ...ecrHeaders('DescribeRegistry') },
      body: Buffer.from('{}'),
      ...target.credentials,
      region: 'us-east-1',
      service: 'ecr',
      now: Date.now(),
    });
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const head = Object.entries({ ...headers, 'content-length': '1000' }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    socket.write(`POST / HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n{"a":`);
    await sleep(50);
    socket.destroy();
    for (let waited = 0; reports.length === before && waited < 100; waited += 1) await sleep(20);
    assert.deepEqual(reports.slice(before), [{ operation: 'DescribeRegistry', status: 499 }]);
  });
});
