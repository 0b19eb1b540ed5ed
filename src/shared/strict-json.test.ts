import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseStrictJson, StrictJsonError } from './strict-json.ts';

test('reads what JSON.parse reads', () => {
  for (const text of [
    '{}',
    ' [ ] ',
    '{"a":{"b":[1,-2.5e3,true,false,null,"x\\n\\u00e9\\""]},"c":""}',
    '"\\\\"',
    '0',
    '[[[]],{"":0}]',
    '"\ud83d\ude00"',
  ])
    assert.deepEqual(JSON.parse(JSON.stringify(parseStrictJson(text))), JSON.parse(text), text);
});

test('refuses what JSON.parse refuses, and says where', () => {
  for (const text of [
    '',
    '{',
    '{"a"}',
    '{"a":}',
    '[1,]',
    '{"a":1,}',
    "{'a':1}",
    '01',
    '1.',
    'tru',
    '"a',
    '"\n"',
    '"\\x"',
    '[] []',
    '+1',
    'NaN',
    '\ufeff{}',
  ]) {
    assert.throws(() => JSON.parse(text), SyntaxError, text);
    assert.throws(() => parseStrictJson(text), StrictJsonError, text);
  }
  assert.throws(() => parseStrictJson('{\n  "a": 1\n  "b": 2\n}'), /at line 3, column 3$/);
});

test('a member that is there twice is refused, however it is spelled', () => {
  assert.throws(() => parseStrictJson('{"a":1,"\\u0061":2}'), /"a" is there twice at line 1, column 8/);
  assert.throws(() => parseStrictJson('{"__proto__":1,"__proto__":2}'), /twice/);
  assert.deepEqual(Object.keys(parseStrictJson('{"__proto__":1}') as object), ['__proto__']);
});

test('depth has a limit', () => {
  assert.throws(() => parseStrictJson('['.repeat(100_000)), /levels deep/);
});
