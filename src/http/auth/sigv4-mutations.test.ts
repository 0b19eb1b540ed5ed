// Signed requests with every single change that can be made to them on their way: each byte of each part, each part
// taken away, doubled or added. None may be accepted; only what a request means the same with may.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { describe, test } from 'node:test';
import { NOW, secretAccessKey, text, verifier } from '../../../test/helpers/sigv4.ts';
import {
  canonicalRequest,
  deriveSigningKey,
  queryPairs,
  SigV4Error,
  sign,
  signRequest,
} from './sigv4-canonical.ts';

interface Sample {
  readonly service: 'ecr' | 'signer';
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: Buffer;
}

const AMZ_DATE = '20260301T120000Z';

function headerForm(sample: Omit<Sample, 'headers'>, headers: Readonly<Record<string, string>>): Sample {
  const signed = signRequest({
    ...sample,
    headers: { host: 'localhost:5050', ...headers },
    accessKeyId: 'AKIATEST',
    secretAccessKey,
    region: 'us-east-1',
    now: NOW,
  });
  return {
    ...sample,
    headers: Object.fromEntries(Object.entries(signed).map(([name, value]) => [name, [value]])),
  };
}

function presignedForm(sample: Omit<Sample, 'headers'>, headers: Readonly<Record<string, string>>): Sample {
  const all: Record<string, string> = { host: 'localhost:5050', ...headers };
  const signedHeaders = Object.keys(all).sort();
  const scope = `20260301/us-east-1/${sample.service}/aws4_request`;
  const added = new URLSearchParams({
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `AKIATEST/${scope}`,
    'X-Amz-Date': AMZ_DATE,
    'X-Amz-Expires': '3600',
    'X-Amz-SignedHeaders': signedHeaders.join(';'),
  });
  const [path = '', query = ''] = sample.target.split('?');
  const whole = query === '' ? String(added) : `${query}&${added}`;
  const canonical = canonicalRequest(
    sample.method,
    path,
    queryPairs(whole),
    all,
    signedHeaders,
    hash('sha256', sample.body, 'hex'),
  );
  const key = deriveSigningKey(secretAccessKey, '20260301', 'us-east-1', sample.service);
  const signature = sign(key, AMZ_DATE, scope, canonical).toString('hex');
  return {
    ...sample,
    target: `${path}?${whole}&X-Amz-Signature=${signature}`,
    headers: Object.fromEntries(Object.entries(all).map(([name, value]) => [name, [value]])),
  };
}

const ecrCall = {
  service: 'ecr',
  method: 'POST',
  target: '/',
  body: text('{"repositoryName":"team/app"}'),
} as const;
const ecrHeaders = {
  'content-type': 'application/x-amz-json-1.1',
  'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.DescribeRepositories',
};
const tagsTarget = '/tags/arn%3Aaws%3Asigner%3Aus-east-1%3A123456789012%3A%2Fsigning-profiles%2Fp1';
const untag = {
  service: 'signer',
  method: 'DELETE',
  target: `${tagsTarget}?tagKeys=team&tagKeys=a%20b%2Bc&empty=`,
  body: text(''),
} as const;
const tag = {
  service: 'signer',
  method: 'POST',
  target: tagsTarget,
  body: text('{"tags":{"team":"a"}}'),
} as const;

const samples: Readonly<Record<string, Sample>> = {
  'an ECR call, header form': headerForm(ecrCall, ecrHeaders),
  'an ECR call with the hash of its body, header form': headerForm(ecrCall, {
    ...ecrHeaders,
    'x-amz-content-sha256': hash('sha256', ecrCall.body, 'hex'),
  }),
  'an ECR call, presigned': presignedForm(ecrCall, ecrHeaders),
  'a Signer call with a body, header form': headerForm(tag, { 'content-type': 'application/json' }),
  'a Signer call with a body, presigned': presignedForm(tag, { 'content-type': 'application/json' }),
  'a Signer call with a query, header form': headerForm(untag, {}),
  'a Signer call with a query, presigned': presignedForm(untag, {}),
};

type Mutation = readonly [title: string, request: Sample];

const another = (character: string): string => (character === 'a' ? 'b' : 'a');

/** Every text that differs from this one in one character: another one, one more, one less. */
function* changed(value: string): Generator<string> {
  for (let at = 0; at < value.length; at += 1) {
    const [before, character, behind] = [value.slice(0, at), value.charAt(at), value.slice(at + 1)];
    yield before + another(character) + behind;
    yield before + behind;
    yield `${before}z${character}${behind}`;
    const other = character === character.toLowerCase() ? character.toUpperCase() : character.toLowerCase();
    if (other !== character) yield before + other + behind;
  }
  yield `${value}x`;
}

function* headerMutations(sample: Sample): Generator<Mutation> {
  const withHeaders = (headers: Sample['headers']): Sample => ({ ...sample, headers });
  for (const [name, [value = '']] of Object.entries(sample.headers)) {
    const { [name]: _, ...rest } = sample.headers;
    yield [`without ${name}`, withHeaders(rest)];
    yield [`${name} twice`, withHeaders({ ...rest, [name]: [value, value] })];
    yield [`${name} and another`, withHeaders({ ...rest, [name]: [value, 'x'] })];
    yield [`another and ${name}`, withHeaders({ ...rest, [name]: ['x', value] })];
    for (const other of changed(value)) {
      // Spaces around a value and their number within mean nothing.
      if (other.trim().replace(/\s+/g, ' ') === value) continue;
      if (name === 'authorization' && sameFields(other, value)) continue;
      yield [`${name}: ${other}`, withHeaders({ ...rest, [name]: [other] })];
    }
  }
  for (const name of [
    'x-amz-security-token',
    'x-amz-content-sha256',
    'x-amz-meta-x',
    'x-amz-date',
    'authorization',
  ]) {
    if (name in sample.headers) continue;
    for (const value of ['', 'x', AMZ_DATE]) {
      yield [`with ${name}: ${value}`, withHeaders({ ...sample.headers, [name]: [value] })];
    }
  }
}

/** The fields of an Authorization header may have spaces around them. */
function sameFields(a: string, b: string): boolean {
  const fields = (value: string) =>
    value
      .slice('AWS4-HMAC-SHA256 '.length)
      .split(',')
      .map((field) => field.trim())
      .join(',');
  return a.slice(0, 17) === b.slice(0, 17) && fields(a) === fields(b);
}

/** What a query says: its pairs, decoded, in any order. */
function meaning(target: string): string | undefined {
  const [path = '', ...query] = target.split('?');
  try {
    return JSON.stringify([
      path,
      queryPairs(query.join('?'))
        .map((pair) => JSON.stringify(pair))
        .sort(),
    ]);
  } catch {
    return undefined;
  }
}

function* targetMutations(sample: Sample): Generator<Mutation> {
  const { target } = sample;
  const [path = '', query = ''] = target.split('?');
  const parts = query === '' ? [] : query.split('&');
  const targets = [
    ...changed(target),
    `/${target}`,
    target.replace('/', '/./'),
    target.replace('/', '/x/../'),
    `${target}${query === '' ? '?' : '&'}a=b`,
    `${target}${query === '' ? '?' : '&'}X-Amz-Security-Token=x`,
    ...parts.map((_, at) => `${path}?${parts.filter((_part, other) => other !== at).join('&')}`),
    ...parts.map((part) => `${target}&${part}`),
  ];
  for (const other of targets) {
    // Without a slash at its beginning it is no target of HTTP.
    if (!other.startsWith('/') || meaning(other) === meaning(target)) continue;
    yield [`target ${other}`, { ...sample, target: other }];
  }
}

function* otherMutations(sample: Sample): Generator<Mutation> {
  const { body, method } = sample;
  for (let at = 0; at < body.length; at += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      const flipped = Buffer.from(body);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
      yield [`bit ${bit} of byte ${at} of the body`, { ...sample, body: flipped }];
    }
    yield [`a body of ${at} bytes`, { ...sample, body: body.subarray(0, at) }];
  }
  yield ['a byte after the body', { ...sample, body: Buffer.concat([body, Buffer.from(' ')]) }];
  for (const other of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', method.toLowerCase(), '']) {
    if (other !== method) yield [`method ${other}`, { ...sample, method: other }];
  }
  const service = sample.service === 'ecr' ? 'signer' : 'ecr';
  yield [`for ${service}`, { ...sample, service }];
}

describe('no single change of a signed request is accepted:', () => {
  for (const [title, sample] of Object.entries(samples)) {
    test(title, async (t) => {
      const verify = { ecr: verifier('ecr'), signer: verifier('signer') };
      await verify[sample.service](sample);
      let count = 0;
      for (const mutations of [headerMutations, targetMutations, otherMutations]) {
        for (const [what, request] of mutations(sample)) {
          count += 1;
          await assert.rejects(
            verify[request.service](request),
            (error) => error instanceof SigV4Error,
            what,
          );
        }
      }
      t.diagnostic(`${count} changes`);
      assert.ok(count > 900, String(count));
    });
  }

  test('but one that means the same is: spaces in headers, the order and the escapes of a query, a header that is not signed', async () => {
    const sample = samples['a Signer call with a query, header form'] ?? assert.fail();
    const verify = verifier('signer');
    const { authorization: [authorization = ''] = [], ...headers } = sample.headers;
    for (const request of [
      { ...sample, headers: { ...sample.headers, 'user-agent': ['a', 'b'] } },
      { ...sample, headers: { ...headers, authorization: [`  ${authorization.replaceAll(', ', ',')} `] } },
      { ...sample, target: sample.target.replace('%2B', '%2b') },
      { ...sample, target: `${tagsTarget}?empty&tagKeys=a%20b%2Bc&tagKeys=team` },
    ]) {
      assert.equal((await verify(request)).region, 'us-east-1');
    }
  });
});
