import assert from 'node:assert/strict';
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { test } from 'node:test';
import { isInBlock, isLoopback, networkOf, parseIpAddress, parseIpBlock } from './ip-address.ts';

test('reads both kinds, and IPv4 inside IPv6 as IPv4', () => {
  assert.deepEqual(parseIpAddress('192.0.2.1'), { bits: 32, value: 0xc0000201n });
  assert.deepEqual(parseIpAddress('::ffff:192.0.2.1'), { bits: 32, value: 0xc0000201n });
  assert.deepEqual(parseIpAddress('::'), { bits: 128, value: 0n });
  assert.deepEqual(parseIpAddress('2001:db8::1'), { bits: 128, value: (0x20010db8n << 96n) | 1n });
});

test('takes what Node takes for an address, and nothing else', () => {
  const texts = `1.2.3.4 1.2.3 1.2.3.4.5 01.2.3.4 256.1.1.1 a 1.2.3.-4
    ::1 1:: 1::2::3 :1 1: 1:2:3:4:5:6:7:8 1:2:3:4:5:6:7 1:2:3:4:5:6:7:8:9
    1:2:3:4:5:6:7:: ::2:3:4:5:6:7:8 1::3:4:5:6:7:8 12345:: g:: ::1.2.3.4 ::1.2.3
    1:2:3:4:5:6:1.2.3.4 1:2:3:4:5:6:7:1.2.3.4 1.2.3.4:: ::: [::1]`
    .split(/\s+/)
    .concat('', ' 1.2.3.4');
  for (const text of texts)
    assert.equal(parseIpAddress(text) !== undefined, isIPv4(text) || isIPv6(text), text);
});

test('tells whose socket leads to this machine', () => {
  for (const address of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'])
    assert.ok(isLoopback(address), address);
  for (const address of ['', '12.7.0.1', '128.0.0.1', '::', '::ffff:10.0.0.1', '2001:db8::1'])
    assert.ok(!isLoopback(address), address);
});

test('blocks hold what Node says they hold', () => {
  const addresses = ['10.0.0.0', '10.255.0.1', '11.0.0.0', '192.0.2.129', '2001:db8::1', '2001:db9::', '::'];
  const blocks: readonly [text: string, net: string, prefix: number][] = [
    ['10.0.0.0/8', '10.0.0.0', 8],
    ['0.0.0.0/0', '0.0.0.0', 0],
    ['192.0.2.128/25', '192.0.2.128', 25],
    ['2001:db8::/31', '2001:db8::', 31],
    ['::/0', '::', 0],
  ];
  for (const [text, net, prefix] of blocks) {
    const family = net.includes(':') ? 'ipv6' : 'ipv4';
    const list = new BlockList();
    list.addSubnet(net, prefix, family);
    const block = parseIpBlock(text);
    assert.ok(block !== undefined);
    for (const address of addresses) {
      const parsed = parseIpAddress(address);
      assert.ok(parsed !== undefined);
      const same = (address.includes(':') ? 'ipv6' : 'ipv4') === family;
      assert.equal(isInBlock(parsed, block), same && list.check(address, family), `${address} in ${text}`);
    }
  }
});

test('odd blocks are none', () => {
  for (const text of [
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/08',
    '10.0.0.0/-1',
    '::/129',
    '/8',
    '10.0.0.0/8/8',
  ])
    assert.equal(parseIpBlock(text), undefined, text);
  assert.deepEqual(parseIpBlock('::ffff:10.0.0.0/104'), { bits: 32, value: 0x0a000000n, prefix: 8 });
});

test('an IPv6 network counts as one address, an IPv4 address for itself', () => {
  for (const [address, network] of [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
    ['2001:db8::6', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['2001:0DB8:0:0:1::', '2001:db8:0:0::/64'],
    ['no address: at all', 'no address: at all'],
  ] as const) {
    assert.equal(networkOf(address), network);
  }
});
