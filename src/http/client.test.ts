import assert from 'node:assert/strict';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { type Client, makeClients, setHost } from './client.ts';

// A listener and real connections from 127.0.0.1: what is found depends on who is trusted and on the headers.
let trusted: readonly string[] = [];
const server = createServer((incoming, response) => {
  const client = makeClients(trusted).clientOf(incoming);
  if (client.host !== undefined) setHost(incoming, client.host);
  response.end(
    JSON.stringify({ ...client, seen: [incoming.headers.host, incoming.headersDistinct['host']?.join()] }),
  );
});
before(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
after(() => server.close());

async function found(
  headers: Readonly<Record<string, string | readonly string[]>>,
): Promise<Client & { readonly seen: readonly string[] }> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', headers: { host: 'inner:5050', ...headers } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.on('end', () => resolve(JSON.parse(text) as Client & { seen: readonly string[] }));
    })
      .on('error', reject)
      .end();
  });
}

const told = {
  'x-forwarded-for': '198.51.100.7',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'registry.example.com',
};

test('nobody is believed unless the operator says so', async () => {
  for (const others of [[], ['10.0.0.0/8', '2001:db8::1']]) {
    trusted = others;
    assert.deepEqual(await found(told), {
      address: '127.0.0.1',
      isEncrypted: false,
      isForwarded: false,
      seen: ['inner:5050', 'inner:5050'],
    });
  }
});

describe('of a trusted proxy', () => {
  const addressFor = async (forwardedFor: string | readonly string[]) =>
    (await found({ 'x-forwarded-for': forwardedFor })).address;

  test('address, scheme and host of its client count', async () => {
    trusted = ['127.0.0.1'];
    assert.deepEqual(await found(told), {
      address: '198.51.100.7',
      isEncrypted: true,
      isForwarded: true,
      host: 'registry.example.com',
      seen: ['registry.example.com', 'registry.example.com'],
    });
    assert.equal((await found({ ...told, 'x-forwarded-proto': 'http' })).isEncrypted, false);
    assert.deepEqual((await found({})).address, '127.0.0.1');
    assert.equal((await found({})).isForwarded, false);
  });

  test('the client is the first from the right that is no trusted proxy, whatever stands before it', async () => {
    trusted = ['127.0.0.0/8', '10.0.0.0/8', 'fd00::/8'];
    assert.equal(await addressFor('1.1.1.1, 198.51.100.7, 10.0.0.3'), '198.51.100.7');
    assert.equal(await addressFor(['1.1.1.1', '198.51.100.7', '10.0.0.3']), '198.51.100.7');
    assert.equal(await addressFor('203.0.113.9, fd00::1, 10.2.3.4'), '203.0.113.9');
    assert.equal(await addressFor('10.0.0.1, 10.0.0.2'), '10.0.0.1');
    assert.equal(await addressFor(Array.from({ length: 500 }, () => '10.0.0.2').join(',')), '10.0.0.2');
  });

  test('ports and brackets are no part of an address', async () => {
    trusted = ['127.0.0.1'];
    assert.equal(await addressFor('198.51.100.7:4711'), '198.51.100.7');
    assert.equal(await addressFor('2001:db8::7'), '2001:db8::7');
    assert.equal(await addressFor('[2001:db8::7]'), '2001:db8::7');
    assert.equal(await addressFor('1.2.3.4, [2001:db8::7]:4711'), '2001:db8::7');
  });

  test('what is no address stops the search at the proxy that let it in', async () => {
    trusted = ['127.0.0.1', '10.0.0.3'];
    for (const odd of [
      'unknown',
      '',
      ',',
      '_hidden',
      '999.1.1.1',
      '[::1',
      '<script>',
      'a'.repeat(5000),
      '1.2.3.4.5',
    ])
      assert.equal(await addressFor(`198.51.100.7, ${odd}, 10.0.0.3`), '10.0.0.3', odd);
    assert.equal(await addressFor('unknown'), '127.0.0.1');
  });

  test('scheme and host are taken from the proxy that the client called', async () => {
    trusted = ['127.0.0.1', '10.0.0.3'];
    const chain = {
      'x-forwarded-for': '9.9.9.9, 198.51.100.7, 10.0.0.3',
      'x-forwarded-proto': 'https, http, https',
      'x-forwarded-host': 'evil.example, outer.example, inner.example',
    };
    const { isEncrypted, host } = await found(chain);
    assert.equal(isEncrypted, false);
    assert.equal(host, 'outer.example');
    assert.equal((await found({ ...chain, 'x-forwarded-proto': 'https' })).isEncrypted, true);
  });

  test('a host that is none is not taken', async () => {
    trusted = ['127.0.0.1'];
    for (const odd of ['a b', 'a/b', 'user@host', '', 'a:b', '[::1', 'a'.repeat(300)])
      assert.equal((await found({ ...told, 'x-forwarded-host': odd })).host, undefined, odd);
    for (const good of ['a.example:8443', '[2001:db8::1]:5000', '192.0.2.1'])
      assert.equal((await found({ ...told, 'x-forwarded-host': good })).host, good);
  });
});
