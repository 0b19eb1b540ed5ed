// The public test suite of Signature Version 4, over real HTTP: every signed request of it is sent as bytes to a server
// that asks our verifier. What is refused is refused on purpose, and listed here with its reason.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { openConnection } from '../../../test/helpers/raw-connection.ts';
import { principal } from '../../../test/helpers/sigv4.ts';
import { makeSigV4Verifier } from './sigv4.ts';
import { canonicalRequest, deriveSigningKey, queryPairs, SigV4Error, sign } from './sigv4-canonical.ts';

interface Signed {
  readonly name: string;
  readonly form: 'header' | 'query';
  /** The request as text, lines ended by line feeds. */
  readonly signedRequest: string;
  readonly canonicalRequest: string;
  readonly stringToSign: string;
  readonly signature: string;
  readonly sessionToken?: string;
}

interface CanonicalOnly {
  readonly name: string;
  readonly form: 'canonical';
  readonly request: string;
  readonly canonicalRequest: string;
}

const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const AMZ_DATE = '20150830T123600Z';
const SCOPE = '20150830/us-east-1/service/aws4_request';

const vectors = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../test/vectors/sigv4-suite/vectors.json'), 'utf8'),
) as readonly (Signed | CanonicalOnly)[];
const signedVectors = vectors.filter((vector): vector is Signed => vector.form !== 'canonical');

const NOT_RESOLVED =
  'the path is signed after dot segments or double slashes were taken out; here a path is signed as it is sent, so that none can be read as another one';
const NO_HTTP = 'HTTP has no such byte in a request target; clients send it percent-encoded';
const FOLDED = 'a header folded over lines is refused by the parser (RFC 9112, section 5.2)';
const UNCOVERED = 'the session token was added after signing; here it must be covered';

/** The status of what is not accepted: 400 the HTTP parser's, 403 the verifier's. */
const REFUSED: Readonly<Record<string, readonly [400 | 403, string]>> = {
  'get-header-value-multiline': [400, FOLDED],
  'get-relative-normalized': [403, NOT_RESOLVED],
  'get-relative-relative-normalized': [403, NOT_RESOLVED],
  'get-slash-dot-slash-normalized': [403, NOT_RESOLVED],
  'get-slash-normalized': [403, NOT_RESOLVED],
  'get-slash-pointless-dot-normalized': [403, NOT_RESOLVED],
  'get-slashes-normalized': [403, NOT_RESOLVED],
  'get-space-normalized': [400, NO_HTTP],
  'get-space-unnormalized': [400, NO_HTTP],
  'get-utf8': [400, NO_HTTP],
  'get-vanilla-utf8-query': [400, NO_HTTP],
  'post-sts-header-after': [403, UNCOVERED],
};

let sessionToken: string | undefined;
const verify = makeSigV4Verifier({
  service: 'service',
  findAccessKey: async (accessKeyId) =>
    accessKeyId === 'AKIDEXAMPLE'
      ? {
          accessKeyId,
          secretAccessKey: SECRET,
          principal,
          ...(sessionToken === undefined ? {} : { sessionToken }),
        }
      : undefined,
  now: () => Date.parse('2015-08-30T12:36:00Z'),
});

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function ask(request: IncomingMessage): Promise<string> {
  const { method = '', url = '', headersDistinct: headers } = request;
  const proveBody = await verify({ method, target: url, headers });
  return proveBody(await bodyOf(request)).region;
}

const server = createServer((request, response) => {
  ask(request).then(
    (region) => response.end(region),
    (error: unknown) => {
      response.writeHead(error instanceof SigV4Error ? 403 : 500).end(String(error));
    },
  );
});
await new Promise<void>((resolve) => {
  server.listen(0, '127.0.0.1', resolve);
});
after(() => {
  server.closeAllConnections();
  server.close();
});

/** The bytes of a request of the suite. One with a body gets its length, where the suite leaves it out. */
function wire(text: string): string {
  const end = text.indexOf('\n\n');
  return `${text.slice(0, end).replaceAll('\n', '\r\n')}\r\n\r\n${text.slice(end + 2).trimEnd()}`;
}

async function statusOf(text: string): Promise<number> {
  const connection = await openConnection((server.address() as AddressInfo).port);
  try {
    connection.write(wire(text));
    return (await connection.answer())?.status ?? 0;
  } finally {
    connection.destroy();
  }
}

describe('the suite', () => {
  test('is there: 38 requests in both forms', () => {
    assert.equal(signedVectors.length, 76);
  });

  for (const vector of signedVectors) {
    const title = `${vector.name}, ${vector.form}`;
    const [status, reason] = REFUSED[title] ?? REFUSED[vector.name] ?? [200, 'accepted'];
    test(`${title}: ${reason}`, async () => {
      sessionToken = vector.sessionToken;
      assert.equal(await statusOf(vector.signedRequest), status);
    });
  }

  test('a query beyond ASCII is accepted in the form in which clients send it', async () => {
    sessionToken = undefined;
    for (const vector of signedVectors.filter(({ name }) => name === 'get-vanilla-utf8-query')) {
      assert.equal(await statusOf(vector.signedRequest.replace('ሴ', encodeURIComponent('ሴ'))), 200);
    }
  });

  test('a folded header has the canonical form of the suite, though no parser hands it to us', () => {
    for (const vector of signedVectors.filter(({ name }) => name === 'get-header-value-multiline')) {
      assert.equal(canonicalOf(vector.signedRequest, vector.form), vector.canonicalRequest);
    }
  });

  test('canonical requests, strings to sign and signatures are those of the suite', () => {
    const key = deriveSigningKey(SECRET, '20150830', 'us-east-1', 'service');
    for (const { name, form, canonicalRequest: canonical, stringToSign, signature } of signedVectors) {
      const expected = `AWS4-HMAC-SHA256\n${AMZ_DATE}\n${SCOPE}\n${hash('sha256', canonical, 'hex')}`;
      assert.equal(stringToSign, expected, `${name} ${form}`);
      assert.equal(sign(key, AMZ_DATE, SCOPE, canonical).toString('hex'), signature, `${name} ${form}`);
    }
    for (const vector of signedVectors.filter(({ name }) => REFUSED[name] === undefined)) {
      assert.equal(canonicalOf(vector.signedRequest, vector.form), vector.canonicalRequest, vector.name);
    }
    for (const vector of vectors) {
      if (vector.form !== 'canonical') continue;
      const [, path] = canonicalOf(vector.request, 'header').split('\n');
      assert.equal(path, vector.canonicalRequest.split('\n')[1], vector.name);
    }
  });
});

/** The canonical form of a request of the suite, as we make it of what HTTP hands us. */
function canonicalOf(text: string, form: 'header' | 'query'): string {
  const unfolded = text.replaceAll(/\n +/g, ' ');
  const end = unfolded.indexOf('\n\n');
  const [first = '', ...lines] = (end < 0 ? unfolded : unfolded.slice(0, end)).trimEnd().split('\n');
  const [, method = '', target = ''] = /^(\S+) (.+) HTTP\/1\.1$/.exec(first) ?? [];
  const headers: Record<string, string[]> = {};
  for (const line of lines) {
    const at = line.indexOf(':');
    (headers[line.slice(0, at).toLowerCase()] ??= []).push(line.slice(at + 1));
  }
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const pairs = queryPairs(mark < 0 ? '' : target.slice(mark + 1));
  const signedHeaders =
    form === 'header'
      ? /SignedHeaders=([^,]+)/.exec(headers['authorization']?.[0] ?? '')?.[1]
      : pairs.find(([name]) => name === 'X-Amz-SignedHeaders')?.[1];
  return canonicalRequest(
    method,
    path,
    pairs.filter(([name]) => name !== 'X-Amz-Signature'),
    headers,
    (signedHeaders ?? 'host;x-amz-date').split(';'),
    hash('sha256', end < 0 ? '' : unfolded.slice(end + 2).trimEnd(), 'hex'),
  );
}
