// The verifier against two independent signers: @smithy/signature-v4, and requests that botocore made.
import assert from 'node:assert/strict';
import { type BinaryLike, createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { SignatureV4 } from '@smithy/signature-v4';
import { NOW, principal, secretAccessKey, text, verifier } from '../../../test/helpers/sigv4.ts';

/** The constructor form of a hash that the Smithy signer asks for. */
class Sha256 {
  readonly #hash;
  constructor(secret?: BinaryLike) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  }
  update(data: BinaryLike): void {
    this.#hash.update(data);
  }
  reset(): void {
    throw new Error('not used');
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
}

interface Plain {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string | string[]>;
  readonly headers: Record<string, string>;
  readonly body: string;
}

function smithy(service: string, accessKeyId = 'AKIATEST', sessionToken?: string) {
  return new SignatureV4({
    service,
    region: 'eu-central-1',
    credentials: {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
    },
    sha256: Sha256 as never,
  });
}

const pairsOf = (query: Record<string, string | string[]>) =>
  Object.entries(query).flatMap(([key, value]) => [value].flat().map((one) => [key, one] as const));
const target = (path: string, query: Record<string, string | string[]>) => {
  const pairs = pairsOf(query).map(([k, v]) => `${encodeURIComponent(k)}=${encodeURIComponent(v)}`);
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
};
const lower = (headers: Record<string, string>): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

const smithyRequest = (plain: Plain) => ({
  ...plain,
  protocol: 'http:',
  hostname: 'localhost',
  port: 5050,
});

const samples: readonly (readonly [string, string, Plain])[] = [
  [
    'an ECR call',
    'ecr',
    {
      method: 'POST',
      path: '/',
      query: {},
      headers: {
        host: 'localhost:5050',
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.ListImages',
        'amz-sdk-request': 'attempt=1;  max=3',
      },
      body: '{"repositoryName":"a/b"}',
    },
  ],
  [
    'an ARN in the path',
    'signer',
    {
      method: 'GET',
      path: '/tags/arn%3Aaws%3Asigner%3Aeu-central-1%3A123456789012%3A%2Fsigning-profiles%2Fp',
      query: {},
      headers: { host: 'localhost:5050' },
      body: '',
    },
  ],
  [
    'repeated and odd query keys',
    'signer',
    {
      method: 'GET',
      path: '/signing-profiles',
      query: { statuses: ['Canceled', 'Active'], nextToken: "a+b/c=='()*! ~é", maxResults: '3', a: '' },
      headers: { host: 'localhost:5050', 'x-amz-user-agent': ' spaces   within  ' },
      body: '',
    },
  ],
];

describe('requests that an independent signer made are accepted', () => {
  for (const [title, service, plain] of samples) {
    test(`${title}, in the header form`, async () => {
      const signed = await smithy(service).sign(smithyRequest(plain), { signingDate: new Date(NOW) });
      const caller = await verifier(service)({
        method: plain.method,
        target: target(plain.path, plain.query),
        headers: lower(signed.headers),
        body: text(plain.body),
      });
      assert.deepEqual(caller, { principal, region: 'eu-central-1' });
    });
  }

  test('the presigned form, until it expires', async () => {
    const plain = {
      method: 'GET',
      path: '/signing-profiles',
      query: { maxResults: '3' },
      headers: { host: 'localhost:5050' },
      body: '',
    };
    const signed = await smithy('signer').presign(smithyRequest(plain), {
      signingDate: new Date(NOW),
      expiresIn: 3600,
    });
    const request = {
      method: 'GET',
      target: target(plain.path, signed.query as Record<string, string>),
      headers: { host: 'localhost:5050' },
      body: text(''),
    };
    const hour = 3_600_000;
    await verifier('signer', NOW)(request);
    assert.equal((await verifier('signer', NOW + hour)(request)).region, 'eu-central-1');
    await assert.rejects(verifier('signer', NOW + hour + 1000)(request), {
      code: 'InvalidSignatureException',
    });
    await assert.rejects(verifier('signer', NOW - hour)(request), { code: 'InvalidSignatureException' });
    for (const [from, to] of [
      ['X-Amz-Expires=3600', 'X-Amz-Expires=7200'],
      ['maxResults=3', 'maxResults=4'],
      ['maxResults=3', 'maxResults=3&more=1'],
    ] as const) {
      assert.ok(request.target.includes(from));
      await assert.rejects(verifier('signer')({ ...request, target: request.target.replace(from, to) }), {
        code: 'InvalidSignatureException',
      });
    }
    for (const expires of ['0', '604801', '-1', '1e3', '']) {
      const changed = request.target.replace('X-Amz-Expires=3600', `X-Amz-Expires=${expires}`);
      await assert.rejects(verifier('signer')({ ...request, target: changed }), {
        code: 'IncompleteSignatureException',
      });
    }
    await assert.rejects(
      verifier('signer')({ ...request, target: `${request.target}&X-Amz-Date=20260301T120000Z` }),
      {
        code: 'IncompleteSignatureException',
      },
    );
    await assert.rejects(verifier('signer')({ ...request, headers: { host: 'elsewhere' } }), {
      code: 'InvalidSignatureException',
    });
  });

  test('temporary keys, together with their session token only', async () => {
    const [, , plain] = samples[0] ?? assert.fail();
    const verify = async (accessKeyId: string, sessionToken?: string) => {
      const signed = await smithy('ecr', accessKeyId, sessionToken).sign(smithyRequest(plain), {
        signingDate: new Date(NOW),
      });
      return verifier()({ ...plain, target: '/', headers: lower(signed.headers), body: text(plain.body) });
    };
    assert.deepEqual((await verify('ASIATEST', 'a-session+token/==')).principal, principal);
    await assert.rejects(verify('ASIATEST', 'another'), { code: 'UnrecognizedClientException' });
    await assert.rejects(verify('ASIATEST'), { code: 'UnrecognizedClientException' });
    await assert.rejects(verify('AKIATEST', 'a-session+token/=='), { code: 'UnrecognizedClientException' });
  });

  const vectors = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../../test/vectors/sigv4-botocore.json'), 'utf8'),
  ) as {
    title: string;
    service: string;
    method: string;
    target: string;
    headers: Record<string, string>;
    body: string;
    now: number;
  }[];
  for (const vector of vectors) {
    test(`botocore: ${vector.title}`, async () => {
      const request = { ...vector, headers: lower(vector.headers), body: text(vector.body) };
      assert.equal((await verifier(vector.service, vector.now)(request)).region, 'us-west-2');
      await assert.rejects(
        verifier(vector.service, vector.now)({ ...request, body: text(`${vector.body} `) }),
        {
          code: 'InvalidSignatureException',
        },
      );
    });
  }
});
