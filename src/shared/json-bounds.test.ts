import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exceededBound } from './json-bounds.ts';

const bounds = { depth: 3, values: 10, members: 3 };
const check = (text: string) => exceededBound(Buffer.from(text), bounds);

test('texts within the bounds', () => {
  for (const text of ['', '7', '{}', '[[[]]]', '{"a":[{"b":1}]}', '[1,2,3,4,5,6,7,8,9]', '[[],[],[]]']) {
    assert.equal(check(text), undefined, text);
  }
});

test('one level or one value more', () => {
  assert.equal(check('[[[[]]]]'), 'depth');
  assert.equal(check('{"a":{"b":{"c":{}}}}'), 'depth');
  assert.equal(check('[1,2,3,4,5,6,7,8,9,10,11]'), 'values');
  assert.equal(check('[[],[],[],[],[],[]]'), 'values');
});

test('what stands in strings does not count, however it is escaped', () => {
  for (const inside of [
    '[[[[[[[[[[[[',
    ','.repeat(200),
    '\\"[[[[',
    '\\\\\\"[[[[',
    `${'x'.repeat(63)}\\"[[[[`,
    `${'x'.repeat(64)}\\"[[[[`,
    `${'x'.repeat(65)}\\\\\\"[[[[`,
    `${'x'.repeat(200)}\\"${'y'.repeat(200)}\\"[[[[`,
  ]) {
    const text = `["${inside}",1]`;
    assert.equal((JSON.parse(text) as unknown[]).length, 2);
    assert.equal(check(text), undefined, text);
  }
  // After a string that ends in an escaped backslash the structure goes on.
  assert.equal(check(`["${'x'.repeat(100)}\\\\",[[[]]]]`), 'depth');
  assert.equal(check(`["${'x'.repeat(62)}\\\\",[[[]]]]`), 'depth');
  assert.equal(check(`["${'x'.repeat(63)}\\\\",[[[]]]]`), 'depth');
});

test('it agrees with the parser about depth and size of random documents', () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  const texts = [
    '',
    '"',
    '\\',
    '\\"[',
    'x'.repeat(63),
    `${'x'.repeat(64)}"`,
    '[{,:}]',
    `${'y'.repeat(70)}\\`,
  ];
  const make = (level: number): unknown => {
    const kind = level === 0 ? 2 : random(4);
    if (kind === 0) return Array.from({ length: random(4) }, () => make(level - 1));
    if (kind === 1) {
      const names = Array.from({ length: random(4) }, (_, at) => `${texts[random(texts.length)]}${at}`);
      return Object.fromEntries(names.map((name) => [name, make(level - 1)]));
    }
    return kind === 2 ? texts[random(texts.length)] : random(1000);
  };
  const depthOf = (value: unknown): number =>
    typeof value !== 'object' || value === null
      ? 0
      : 1 + Math.max(0, ...Object.values(value).map((item) => depthOf(item)));
  for (let round = 0; round < 500; round += 1) {
    const document = make(6);
    const text = Buffer.from(JSON.stringify(document));
    const depth = depthOf(document);
    assert.equal(exceededBound(text, { depth, values: 1e9, members: 1e9 }), undefined, text.toString());
    if (depth > 0)
      assert.equal(exceededBound(text, { depth: depth - 1, values: 1e9, members: 1e9 }), 'depth');
  }
});

test('an unfinished string is left to the parser', () => {
  assert.equal(check(`["${'['.repeat(500)}`), undefined);
  assert.equal(check('["\\'), undefined);
});

test('one member more in one object, not in all together', () => {
  assert.equal(check('{"a":1,"b":2,"c":3,"d":4}'), 'members');
  assert.equal(check('[{"a":1,"b":2,"c":3,"d":4}]'), 'members');
  assert.equal(check('{"a":{"b":1},"c":{"d":1}}'), undefined);
  assert.equal(check('{"a":{"x":1,"y":2,"z":3},"b":2}'), undefined);
});

test('a string of escaped quotes is walked, not searched again for each of them', () => {
  let searches = 0;
  class Counted extends Uint8Array {
    override indexOf(...given: Parameters<Uint8Array['indexOf']>): number {
      searches += 1;
      return super.indexOf(...given);
    }
  }
  for (const inside of ['\\"', '\\\\', 'x"'.replace('"', '\\"')]) {
    searches = 0;
    const text = Buffer.from(`["${inside.repeat(10_000)}",[[[]]]]`);
    assert.equal(exceededBound(Counted.from(text), bounds), 'depth');
    assert.ok(searches <= text.length / 64 + 1, `${searches} searches`);
  }
});
