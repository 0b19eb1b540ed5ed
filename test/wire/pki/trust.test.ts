import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import { startServer } from '../../helpers/start-server.ts';

let server: Awaited<ReturnType<typeof startServer>>;
before(async () => {
  server = await startServer();
});
after(() => server.close());

const get = (path: string, init: RequestInit = {}) => fetch(`${server.url}/trust/${path}`, init);

test('gives the root certificate to anybody', async () => {
  const answer = await get('123456789012/root.pem');
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'application/x-pem-file');
  const root = new X509Certificate(await answer.text());
  assert.ok(root.ca);
  assert.ok(root.verify(root.publicKey));
  assert.match(root.subject, /O=123456789012/);
});

test('gives a strict trust policy for the account', async () => {
  const answer = await get('123456789012/trustpolicy.json');
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'application/json');
  assert.deepEqual(await answer.json(), {
    version: '1.0',
    trustPolicies: [
      {
        name: 'sealport-123456789012',
        registryScopes: ['*'],
        signatureVerification: { level: 'strict' },
        trustStores: ['signingAuthority:sealport-123456789012', 'ca:sealport-123456789012'],
        trustedIdentities: ['x509.subject: C=US, ST=WA, O=123456789012, CN=sealport signer'],
      },
    ],
  });
});

test('a client that has it already gets 304, HEAD gets no body', async () => {
  for (const file of ['root.pem', 'trustpolicy.json']) {
    const first = await get(`123456789012/${file}`);
    const etag = first.headers.get('etag') ?? '';
    assert.match(first.headers.get('cache-control') ?? '', /max-age=\d+/);
    const length = (await first.arrayBuffer()).byteLength;
    const again = await get(`123456789012/${file}`, { headers: { 'if-none-match': etag } });
    assert.equal(again.status, 304);
    const head = await get(`123456789012/${file}`, { method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.equal(head.headers.get('content-length'), String(length));
    assert.equal((await head.arrayBuffer()).byteLength, 0);
  }
});

test('an account without a root, another file and another method are refused', async () => {
  const refused: [string, RequestInit, number][] = [
    ['999999999999/root.pem', {}, 404],
    ['999999999999/trustpolicy.json', {}, 404],
    ['123456789012/root.key', {}, 404],
    ['123456789012', {}, 404],
    ['12345/root.pem', {}, 404],
    ['123456789012/root.pem/x', {}, 404],
    [`${'1'.repeat(5000)}/root.pem`, {}, 404],
    ['123456789012/root.pem', { method: 'POST', body: 'x' }, 405],
    ['123456789012/root.pem', { method: 'DELETE' }, 405],
  ];
  for (const [path, init, status] of refused) {
    const answer = await get(path, init);
    assert.equal(answer.status, status, path.slice(0, 50));
    const { message } = (await answer.json()) as { message?: string };
    assert.ok(message);
  }
});
