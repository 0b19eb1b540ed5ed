// The walker on shapes of the real models: what is taken, what is refused with which words, what is written.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { model as ecr } from '../ecr/generated/model.ts';
import { model as signer } from '../signer/generated/model.ts';
import { parseJsonObject } from './json.ts';
import type { ServiceModel } from './model.ts';
import { ConstraintError, MalformedInputError, readShape, writeShape } from './shapes.ts';

const read = (shape: string, json: string, model: ServiceModel = ecr) =>
  readShape(model, shape, parseJsonObject(Buffer.from(json)), '');

function refused(
  shape: string,
  value: object,
  path: string,
  constraint: string,
  model: ServiceModel = ecr,
): void {
  assert.throws(() => read(shape, JSON.stringify(value), model), {
    name: 'ConstraintError',
    path,
    message: `Invalid parameter at '${path}' failed to satisfy constraint: '${constraint}'`,
  });
}

function malformed(shape: string, json: string, words: RegExp, model: ServiceModel = ecr): void {
  assert.throws(
    () => read(shape, json, model),
    (error) => {
      assert.ok(error instanceof MalformedInputError, String(error));
      assert.match(error.message, words);
      return true;
    },
  );
}

const profileArn = 'arn:aws:signer:us-east-1:123456789012:/signing-profiles/release';
const rule = (filter: string) => ({
  signingProfileArn: profileArn,
  repositoryFilters: [{ filter, filterType: 'WILDCARD_MATCH' }],
});

describe('reading', () => {
  test('gives the input back, absent members absent', () => {
    const input = { signingConfiguration: { rules: [rule('prod/*'), { signingProfileArn: profileArn }] } };
    assert.deepEqual(read('PutSigningConfigurationRequest', JSON.stringify(input)), input);
  });

  test('passes over unknown members, and reads null as absent', () => {
    assert.deepEqual(
      read(
        'DescribeRepositoriesRequest',
        '{"maxResults":5,"nextToken":null,"later":{"a":[1]},"__proto__":{"maxResults":1}}',
      ),
      { maxResults: 5 },
    );
  });

  test('takes nothing from the prototype', () => {
    const input = read(
      'DescribeRepositoriesRequest',
      '{"__proto__":{"maxResults":1,"registryId":"123456789012"}}',
    );
    assert.deepEqual(input, {});
    assert.equal(Object.getPrototypeOf(input), Object.prototype);
    refused('TagResourceRequest', { constructor: 'x' }, 'resourceArn', 'Member must not be null');
  });

  test('names the member that is missing, also inside lists', () => {
    refused('CreateRepositoryRequest', {}, 'repositoryName', 'Member must not be null');
    refused('PutSigningConfigurationRequest', {}, 'signingConfiguration', 'Member must not be null');
    refused(
      'PutSigningConfigurationRequest',
      { signingConfiguration: { rules: [rule('a'), { repositoryFilters: [] }] } },
      'signingConfiguration.rules.2.member.signingProfileArn',
      'Member must not be null',
    );
  });

  test('names the first fault in the order of the model, whatever the order of the input', () => {
    const faults = { maxResults: 0, repositoryName: 'x', registryId: 'abc' };
    const path = 'registryId';
    refused('ListImagesRequest', faults, path, `must satisfy regular expression '[0-9]{12}'`);
    refused(
      'ListImagesRequest',
      Object.fromEntries(Object.entries(faults).toReversed()),
      path,
      `must satisfy regular expression '[0-9]{12}'`,
    );
  });

  test('checks lengths, values, enums and patterns', () => {
    const { shapes } = ecr;
    assert.deepEqual(
      shapes.RepositoryName?.type === 'string' && [shapes.RepositoryName.min, shapes.RepositoryName.max],
      [2, 256],
    );
    const name = (repositoryName: string) => ({ repositoryName });
    const path = 'repositoryName';
    refused('CreateRepositoryRequest', name('a'), path, 'Member must have length greater than or equal to 2');
    refused(
      'CreateRepositoryRequest',
      name('a'.repeat(257)),
      path,
      'Member must have length less than or equal to 256',
    );
    refused(
      'CreateRepositoryRequest',
      name('Upper'),
      path,
      `must satisfy regular expression '[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(\\/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*'`,
    );
    refused(
      'DescribeRepositoriesRequest',
      { maxResults: 0 },
      'maxResults',
      'Member must have value greater than or equal to 1',
    );
    refused(
      'DescribeRepositoriesRequest',
      { maxResults: 1001 },
      'maxResults',
      'Member must have value less than or equal to 1000',
    );
    refused(
      'CreateRepositoryRequest',
      { ...name('ok'), imageTagMutability: 'mutable' },
      'imageTagMutability',
      'Member must satisfy enum value set: [MUTABLE, IMMUTABLE, IMMUTABLE_WITH_EXCLUSION, MUTABLE_WITH_EXCLUSION]',
    );
    refused(
      'DescribeRepositoriesRequest',
      { repositoryNames: Array.from({ length: 101 }, () => 'ok') },
      'repositoryNames',
      'Member must have length less than or equal to 100',
    );
  });

  test('bounds a map and its keys', () => {
    const base = { profileName: 'p1', platformId: 'x' };
    const tags = Object.fromEntries(Array.from({ length: 201 }, (_, at) => [`k${at}`, 'v']));
    refused(
      'PutSigningProfileRequest',
      { ...base, tags },
      'tags',
      'Member must have length less than or equal to 200',
      signer,
    );
    assert.throws(
      () => read('PutSigningProfileRequest', JSON.stringify({ ...base, tags: { 'aws:x': 'v' } }), signer),
      {
        name: 'ConstraintError',
        path: 'tags.aws:x.key',
      },
    );
    assert.throws(
      () =>
        read('PutSigningProfileRequest', JSON.stringify({ ...base, tags: { a: 'v'.repeat(257) } }), signer),
      {
        name: 'ConstraintError',
        path: 'tags.a.value',
      },
    );
    const odd = read(
      'PutSigningProfileRequest',
      '{"profileName":"p1","platformId":"x","signingParameters":{"__proto__":"v"}}',
      signer,
    ) as {
      signingParameters: object;
    };
    assert.deepEqual(Object.entries(odd.signingParameters), [['__proto__', 'v']]);
    assert.equal(Object.getPrototypeOf(odd.signingParameters), Object.prototype);
  });

  test('counts a surrogate pair as one character', () => {
    const tag = (Value: string) => ({ resourceArn: 'arn', tags: [{ Key: 'k', Value }] });
    const shape = signer.shapes.TagValue;
    assert.ok(shape?.type === 'string' && shape.max === 256);
    const profile = (value: string) => ({ profileName: 'p1', platformId: 'x', tags: { a: value } });
    assert.ok(read('PutSigningProfileRequest', JSON.stringify(profile('😀'.repeat(256))), signer));
    assert.throws(
      () => read('PutSigningProfileRequest', JSON.stringify(profile('😀'.repeat(257))), signer),
      ConstraintError,
    );
    assert.ok(read('TagResourceRequest', JSON.stringify(tag('v'))));
  });

  test('refuses values of the wrong JSON type, naming member and wanted type', () => {
    malformed('CreateRepositoryRequest', '{"repositoryName":7}', /'repositoryName' must be a string/);
    malformed('CreateRepositoryRequest', '{"repositoryName":["a"]}', /'repositoryName' must be a string/);
    malformed('DescribeRepositoriesRequest', '{"maxResults":"7"}', /'maxResults' must be a number/);
    malformed('DescribeRepositoriesRequest', '{"maxResults":7.5}', /'maxResults' must be a whole number/);
    malformed('DescribeRepositoriesRequest', '{"maxResults":1e400}', /'maxResults' must be/);
    malformed(
      'DescribeRepositoriesRequest',
      '{"repositoryNames":{"0":"a"}}',
      /'repositoryNames' must be a JSON array/,
    );
    malformed(
      'PutSigningConfigurationRequest',
      '{"signingConfiguration":[]}',
      /'signingConfiguration' must be a JSON object/,
    );
    malformed(
      'DeleteRepositoryRequest',
      '{"repositoryName":"ab","force":"true"}',
      /'force' must be true or false/,
    );
    malformed(
      'RevokeSigningProfileRequest',
      '{"profileName":"p1","profileVersion":"abcdefghij","reason":"r","effectiveTime":"2026"}',
      /effectiveTime/,
      signer,
    );
    for (const blob of ['"a"', '"YQ"', '"YQ==\\n"', '"Y-8="', '7']) {
      malformed(
        'UploadLayerPartRequest',
        `{"repositoryName":"ab","uploadId":"12345678-1234-1234-1234-123456789012","partFirstByte":0,"partLastByte":0,"layerPartBlob":${blob}}`,
        /'layerPartBlob' must be base64/,
      );
    }
  });

  test('refuses a body that is no JSON object in UTF-8', () => {
    for (const body of ['{', '[]', '7', 'null', '"a"', '{"a":1}x', '{a:1}', '\u0000']) {
      malformed('DescribeRegistryRequest', body, /request body/);
    }
    assert.throws(
      () => parseJsonObject(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])),
      MalformedInputError,
    );
  });

  test('refuses a body of brackets alone, and one of empty lists, before it is parsed', () => {
    const deep = 200_000;
    const nested = `${'['.repeat(deep)}${']'.repeat(deep)}`;
    for (const text of [`{"repositoryNames":${nested}}`, `{"x":${nested}}`, '['.repeat(1_000_000)]) {
      malformed('DescribeRepositoriesRequest', text, /request body must have a depth of 32 at most/);
    }
    malformed(
      'DescribeRepositoriesRequest',
      `{"x":[${'[],'.repeat(deep)}0]}`,
      /number of values of 50000 at most/,
    );
    assert.deepEqual(read('DescribeRepositoriesRequest', `{"x":${'['.repeat(31)}${']'.repeat(31)}}`), {});
  });

  test('turns base64 into bytes and epoch seconds into milliseconds', () => {
    const part = read(
      'UploadLayerPartRequest',
      '{"repositoryName":"ab","uploadId":"12345678-1234-1234-1234-123456789012","partFirstByte":0,"partLastByte":2,"layerPartBlob":"AP+A"}',
    ) as { layerPartBlob: Uint8Array };
    assert.deepEqual([...part.layerPartBlob], [0, 255, 128]);
    const revoke = read(
      'RevokeSigningProfileRequest',
      '{"profileName":"p1","profileVersion":"abcdefghij","reason":"r","effectiveTime":1767323045.123}',
      signer,
    ) as { effectiveTime: number };
    assert.equal(revoke.effectiveTime, 1767323045123);
  });
});

test('takes base64 that is written as it is read again, and nothing else', () => {
  let seed = 11;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  const letters = Array.from('ABCDwxyz0129+/=-_ \n%é\u0141');
  const letter = () => letters[random(letters.length)] ?? '';
  let taken = 0;
  for (let round = 0; round < 50_000; round += 1) {
    const bytes = Buffer.from(Array.from({ length: random(9) }, () => random(256)));
    const at = random(12);
    const whole = bytes.toString('base64');
    const text =
      round % 3 === 0
        ? Array.from({ length: random(9) }, letter).join('')
        : round % 3 === 1
          ? whole
          : `${whole.slice(0, at)}${letter()}${whole.slice(at + 1)}`;
    const isCanonical = Buffer.from(text, 'base64').toString('base64') === text;
    const read = () => readShape({ ...ecr, shapes: { Blob: { type: 'blob' } } }, 'Blob', text, 'blob');
    if (isCanonical) {
      taken += 1;
      assert.ok((read() as Buffer).equals(Buffer.from(text, 'base64')), text);
    } else assert.throws(read, /must be base64/, text);
  }
  assert.ok(taken > 10_000);
});

test('reads the largest layer part', () => {
  const bytes = Buffer.alloc(20 * 1024 * 1024, 7);
  const value = bytes.toString('base64');
  const blob = readShape(ecr, 'LayerPartBlob', value, 'layerPartBlob') as Buffer;
  assert.ok(blob.equals(bytes));
  assert.throws(
    () => readShape(ecr, 'LayerPartBlob', `${value.slice(0, -2)}-=`, 'layerPartBlob'),
    MalformedInputError,
  );
});

describe('writing', () => {
  test('writes times as epoch seconds and bytes as base64, and nothing that the model lacks', () => {
    const output = {
      repository: {
        repositoryName: 'a',
        createdAt: 1767323045123,
        secret: 'not in the model',
        repositoryUri: undefined,
      },
    };
    assert.deepEqual(writeShape(ecr, 'CreateRepositoryResponse', output), {
      repository: { repositoryName: 'a', createdAt: 1767323045.123 },
    });
    assert.deepEqual(
      writeShape(signer, 'SignPayloadResponse', {
        signature: Buffer.from([0, 255, 128]),
        metadata: { a: 'b' },
      }),
      { signature: 'AP+A', metadata: { a: 'b' } },
    );
  });

  test('keeps empty lists', () => {
    assert.deepEqual(writeShape(ecr, 'BatchGetImageResponse', { images: [], failures: [] }), {
      images: [],
      failures: [],
    });
  });
});
