// The verifier against every change that a man in the middle could make, and against malformed requests.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  NOW,
  principal,
  type SignedRequest,
  secretAccessKey,
  text,
  verifier,
} from '../../../test/helpers/sigv4.ts';
import { canonicalRequest, deriveSigningKey, sign, signRequest } from './sigv4-canonical.ts';

/** An ECR call, signed by our own signer. */
function ecrCall(
  change: { readonly now?: number; readonly region?: string; readonly service?: string } = {},
): SignedRequest {
  const body = text('{"repositoryName":"team/app"}');
  return {
    method: 'POST',
    target: '/',
    body,
    headers: signRequest({
      method: 'POST',
      target: '/',
      headers: {
        host: 'localhost:5050',
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.DescribeRepositories',
      },
      body,
      accessKeyId: 'AKIATEST',
      secretAccessKey,
      region: change.region ?? 'us-east-1',
      service: change.service ?? 'ecr',
      now: change.now ?? NOW,
    }),
  };
}

describe('a request that is not what was signed is refused', () => {
  const refused = (request: SignedRequest, code: string, now = NOW) =>
    assert.rejects(verifier('ecr', now)(request), { name: 'SigV4Error', code });

  test('each header changed, each header dropped', async () => {
    const call = ecrCall();
    await verifier()(call);
    for (const name of Object.keys(call.headers).filter((name) => name !== 'authorization')) {
      const value = String(call.headers[name]);
      const changed = name === 'x-amz-date' ? '20260301T120001Z' : `${value}x`;
      await refused({ ...call, headers: { ...call.headers, [name]: changed } }, 'InvalidSignatureException');
      const { [name]: _, ...rest } = call.headers;
      await refused(
        { ...call, headers: rest },
        name === 'x-amz-date' ? 'IncompleteSignatureException' : 'InvalidSignatureException',
      );
    }
  });

  test('each byte of the body, the method, the path and the query', async () => {
    const call = ecrCall();
    for (let at = 0; at < call.body.length; at += 1) {
      const body = Buffer.from(call.body);
      body[at] = (body[at] ?? 0) ^ 1;
      await refused({ ...call, body }, 'InvalidSignatureException');
    }
    await refused({ ...call, body: text('') }, 'InvalidSignatureException');
    await refused({ ...call, method: 'PUT' }, 'InvalidSignatureException');
    for (const target of ['//', '/a', '/./', '/%2F']) {
      await refused({ ...call, target }, 'InvalidSignatureException');
    }
    await refused({ ...call, target: '/?a=b' }, 'InvalidSignatureException');
  });

  test('each character of the signature', async () => {
    const call = ecrCall();
    const header = String(call.headers.authorization);
    const start = header.indexOf('Signature=') + 'Signature='.length;
    for (let at = start; at < header.length; at += 1) {
      const other = header[at] === '0' ? '1' : '0';
      const authorization = header.slice(0, at) + other + header.slice(at + 1);
      await refused({ ...call, headers: { ...call.headers, authorization } }, 'InvalidSignatureException');
    }
    for (const cut of [header.slice(0, -1), `${header}0`, header.slice(0, start), header.toUpperCase()]) {
      await assert.rejects(verifier()({ ...call, headers: { ...call.headers, authorization: cut } }), {
        name: 'SigV4Error',
      });
    }
  });

  test('a header that was added after signing', async () => {
    const call = ecrCall();
    for (const name of ['x-amz-security-token', 'x-amz-content-sha256', 'x-amz-anything']) {
      await refused({ ...call, headers: { ...call.headers, [name]: 'x' } }, 'InvalidSignatureException');
    }
    await verifier()({ ...call, headers: { ...call.headers, 'user-agent': 'not signed, not covered' } });
  });

  test('a body hash that is not the hash of the body, or says that there is none', async () => {
    const sign = (value: string): SignedRequest => {
      const body = text('{}');
      const headers = signRequest({
        method: 'POST',
        target: '/',
        headers: { host: 'h', 'x-amz-content-sha256': value },
        body,
        accessKeyId: 'AKIATEST',
        secretAccessKey,
        region: 'us-east-1',
        service: 'ecr',
        now: NOW,
      });
      return { method: 'POST', target: '/', body, headers };
    };
    await verifier()(sign(hash('sha256', '{}', 'hex')));
    for (const value of [
      'UNSIGNED-PAYLOAD',
      'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      hash('sha256', '', 'hex'),
      '',
    ]) {
      await refused(sign(value), 'InvalidSignatureException');
    }
  });

  test('a clock that is more than 15 minutes off', async () => {
    const minutes = 60_000;
    await verifier('ecr', NOW + 15 * minutes)(ecrCall());
    await verifier('ecr', NOW - 15 * minutes)(ecrCall());
    await refused(ecrCall(), 'InvalidSignatureException', NOW + 15 * minutes + 1000);
    await refused(ecrCall(), 'InvalidSignatureException', NOW - 15 * minutes - 1000);
  });

  test('another service, region, day or key in the scope', async () => {
    const call = ecrCall();
    const header = String(call.headers.authorization);
    const swap = (from: string, to: string): SignedRequest => {
      assert.ok(header.includes(from));
      return { ...call, headers: { ...call.headers, authorization: header.replace(from, to) } };
    };
    await refused(swap('/us-east-1/', '/us-east-2/'), 'InvalidSignatureException');
    await refused(swap('/ecr/', '/signer/'), 'InvalidSignatureException');
    await refused(swap('/20260301/', '/20260302/'), 'InvalidSignatureException');
    await refused(swap('AKIATEST', 'AKIAOTHER'), 'UnrecognizedClientException');
    await refused(swap('aws4_request', 'aws5_request'), 'IncompleteSignatureException');
    await refused(swap('SignedHeaders=content-type;', 'SignedHeaders='), 'InvalidSignatureException');
    await refused(ecrCall({ service: 'signer' }), 'InvalidSignatureException');
    await assert.rejects(verifier('signer')(call), { code: 'InvalidSignatureException' });
    assert.equal((await verifier()(ecrCall({ region: 'ap-south-1' }))).region, 'ap-south-1');
  });

  test('a scope of yesterday, signed correctly with the key of yesterday', async () => {
    const body = text('{}');
    const headers = { host: 'localhost:5050', 'x-amz-date': '20260301T120000Z' };
    const names = Object.keys(headers).sort();
    const signedFor = (day: string): SignedRequest => {
      const canonical = canonicalRequest('POST', '/', [], headers, names, hash('sha256', body, 'hex'));
      const scope = `${day}/us-east-1/ecr/aws4_request`;
      const key = deriveSigningKey(secretAccessKey, day, 'us-east-1', 'ecr');
      const signature = sign(key, headers['x-amz-date'], scope, canonical).toString('hex');
      const authorization = `AWS4-HMAC-SHA256 Credential=AKIATEST/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
      return { method: 'POST', target: '/', body, headers: { ...headers, authorization } };
    };
    await verifier()(signedFor('20260301'));
    for (const day of ['20260228', '20260302', '20250301']) {
      await assert.rejects(verifier()(signedFor(day)), {
        code: 'InvalidSignatureException',
        message: 'The date of the credential scope does not match the date of the request.',
      });
    }
  });

  test('a field of the Authorization header that is there twice, or is none of its fields', async () => {
    const call = ecrCall();
    const good = String(call.headers.authorization);
    const fields = good.slice('AWS4-HMAC-SHA256 '.length).split(',');
    const withFields = (...all: readonly string[]): SignedRequest => ({
      ...call,
      headers: { ...call.headers, authorization: `AWS4-HMAC-SHA256 ${all.join(',')}` },
    });
    await verifier()(withFields(...fields));
    const wrong = {
      Credential: 'Credential=AKIAOTHER/20260301/us-east-1/ecr/aws4_request',
      SignedHeaders: 'SignedHeaders=host',
      Signature: `Signature=${'0'.repeat(64)}`,
    };
    for (const second of [...fields, ...Object.values(wrong), 'Other=x', 'x', '=x']) {
      await refused(withFields(...fields, second), 'IncompleteSignatureException');
      await refused(withFields(second, ...fields), 'IncompleteSignatureException');
    }
  });

  test('no signature, another scheme, or a malformed one', async () => {
    const call = ecrCall();
    const withHeader = (authorization: string): SignedRequest => ({
      ...call,
      headers: { ...call.headers, authorization },
    });
    const { authorization: _, ...unsigned } = call.headers;
    await refused({ ...call, headers: unsigned }, 'MissingAuthenticationTokenException');
    const good = String(call.headers.authorization);
    for (const odd of [
      'Basic QVdTOnh4',
      'AWS4-ECDSA-P256-SHA256 Credential=x',
      'AWS4-HMAC-SHA256 ',
      'AWS4-HMAC-SHA256 Credential=AKIATEST',
      good.replace('AKIATEST/', ''),
      good.replace('host;', 'Host;'),
      good.replace('content-type;host', 'host;content-type'),
      good.replace('SignedHeaders=', 'SignedHeaders=;'),
      good.replace('/us-east-1/', '/US EAST/'),
      good.replace('/20260301/', '/2026030/'),
    ]) {
      await refused(withHeader(odd), 'IncompleteSignatureException');
    }
    await refused({ ...call, target: '/?X-Amz-Algorithm=AWS4-HMAC-SHA256' }, 'IncompleteSignatureException');
    await refused({ ...call, target: '/?a=%zz' }, 'IncompleteSignatureException');
    for (const date of ['20260301T120000', '2026-03-01T12:00:00Z', 'x', '20269901T120000Z']) {
      await refused(
        { ...call, headers: { ...call.headers, 'x-amz-date': date } },
        'IncompleteSignatureException',
      );
    }
  });

  test('a key whose secret was changed, though its old signing key is cached', async () => {
    let secret = secretAccessKey;
    const verify = verifier('ecr', NOW, async (accessKeyId) => ({
      accessKeyId,
      secretAccessKey: secret,
      principal,
    }));
    await verify(ecrCall());
    secret = 'another';
    await assert.rejects(verify(ecrCall()), { code: 'InvalidSignatureException' });
  });
});
