// The client against registries that lie: real sockets, answers that no honest server gives.
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { digestOf } from '../../shared/digest.ts';
import { CommandError } from '../errors.ts';
import { type HttpClient, makeHttpClient } from './http.ts';
import { makeRegistryClient, type RegistryClient } from './registry.ts';

let answer: (request: IncomingMessage, response: ServerResponse) => void;
let server: Server;
let http: HttpClient;
let registry: RegistryClient;
let endpoint: string;

beforeEach(async () => {
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  endpoint = `http://127.0.0.1:${address.port}`;
  http = makeHttpClient();
  registry = makeRegistryClient(http, endpoint, () => Promise.resolve('token'));
});
afterEach(async () => {
  http.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const DIGEST = digestOf(Buffer.from('content'));
const QUERY = { artifactType: 'wanted/type', maxBytes: 1_000_000, maxReferrers: 1000 };

function refused(reason: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof CommandError && reason.test(error.message);
}

describe('a registry client', () => {
  test('logs in as AWS with the token', async () => {
    let seen: string | undefined;
    answer = (request, response) => {
      seen = request.headers.authorization;
      response.end('content');
    };
    await registry.blob('app', DIGEST, { maxBytes: 100 });
    assert.equal(seen, `Basic ${Buffer.from('AWS:token').toString('base64')}`);
  });

  test('refuses content that does not have its digest', async () => {
    answer = (_, response) => response.end('something else');
    await assert.rejects(
      registry.blob('app', DIGEST, { maxBytes: 100 }),
      refused(/the registry gave sha256:/),
    );
    await assert.rejects(registry.manifest('app', DIGEST), refused(/the registry gave sha256:/));
  });

  test('stops reading an answer that is longer than allowed', async () => {
    answer = (_, response) => {
      const flood = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      };
      response.on('drain', flood);
      flood();
    };
    await assert.rejects(
      registry.blob('app', DIGEST, { maxBytes: 1_000_000 }),
      refused(/longer than 1000000 bytes/),
    );
  });

  test('does not take its login to another origin', async () => {
    const methods: string[] = [];
    answer = (request, response) => {
      methods.push(request.method ?? '');
      if (request.method === 'HEAD') response.writeHead(404).end();
      else response.writeHead(202, { location: 'http://127.0.0.1:9/upload' }).end();
    };
    await assert.rejects(
      registry.pushBlob('app', DIGEST, Buffer.from('content')),
      refused(/sends uploads to http:\/\/127\.0\.0\.1:9/),
    );
    assert.deepEqual(methods, ['HEAD', 'POST']);
  });

  test('shows the error document of the registry without control characters', async () => {
    answer = (_, response) =>
      response
        .writeHead(403, { 'content-type': 'application/json' })
        .end(JSON.stringify({ errors: [{ code: 'DENIED', message: 'no\u001b[31m!' }] }));
    await assert.rejects(
      registry.putManifest('app', 'v1', 'application/json', Buffer.from('{}')),
      refused(/^could not push app:v1: 403 DENIED: no\\u001b\[31m!$/),
    );
  });

  test('keeps only proper referrers of the type it asked for, over all pages', async () => {
    answer = (request, response) => {
      const second = request.url?.includes('page=2');
      if (!second) response.setHeader('link', `</v2/app/referrers/${DIGEST}?page=2>; rel="next"`);
      const item = { mediaType: 'm/m', size: 1, digest: second ? digestOf(Buffer.from('2')) : DIGEST };
      response.end(
        JSON.stringify({
          manifests: [
            { ...item, artifactType: 'wanted/type' },
            { ...item, artifactType: 'other/type' },
            { ...item, artifactType: 'wanted/type', digest: '../../etc/passwd' },
          ],
        }),
      );
    };
    const { referrers, problem } = await registry.referrers('app', DIGEST, QUERY);
    assert.equal(problem, undefined);
    assert.deepEqual(
      referrers.map(({ digest }) => digest),
      [DIGEST, digestOf(Buffer.from('2'))],
    );
  });

  test('ends a list of pages that never ends', async () => {
    let pages = 0;
    answer = (_, response) => {
      pages += 1;
      response
        .setHeader('link', `</v2/app/referrers/${DIGEST}?page=${pages}>; rel="next"`)
        .end('{"manifests":[]}');
    };
    const { referrers, problem } = await registry.referrers('app', DIGEST, QUERY);
    assert.deepEqual(referrers, []);
    assert.match(problem ?? '', /more than 100 pages/);
    assert.equal(pages, 100);
  });

  test('gives up on a server that goes silent', async () => {
    answer = () => undefined;
    await assert.rejects(
      http.send({ method: 'GET', url: new URL(endpoint), maxBytes: 10, timeoutMs: 50 }),
      refused(/was silent for 0\.05 s/),
    );
  });
});
