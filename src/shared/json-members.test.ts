import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KnownMembers, memberFault } from './json-members.ts';

const inner: KnownMembers = { size: 'plain', notes: 'free' };
const known: KnownMembers = { kind: 'plain', list: inner, one: inner, notes: 'free' };
const fault = (text: string) => memberFault(Buffer.from(text), known);

test('names that stand once, as they are known, are fine', () => {
  for (const text of [
    '{}',
    '[]',
    '"kind"',
    '{"kind":"Kind","list":[{"size":1},{"size":2}],"one":{"size":3}}',
    '{ "own" : [ [ ] , { "a" : { "a" : 1 } } ] , "Own" : "\\"own\\":" }',
    '{"list":[{"size":1,"x":[1,2,{"size":1,"Size":2}]},{"size":2}]}',
  ])
    assert.equal(fault(text), undefined, text);
});

test('a name that stands twice in one object is found, however it is written', () => {
  for (const [text, name] of [
    ['{"kind":1,"kind":2}', 'kind'],
    ['{"kind":1,"k\\u0069nd":2}', 'kind'],
    ['{"own":{"a":1,"b":[],"a":3}}', 'a'],
    ['{"list":[{"size":1},{"size":1,"size":1}]}', 'size'],
    ['[{"x":[{"y":0,"y":0}]}]', 'y'],
    ['{"é":1,"\\u00e9":2}', 'é'],
    ['{"__proto__":1,"__proto__":2}', '__proto__'],
  ] as const)
    assert.deepEqual(fault(text), { kind: 'twice', name }, text);
});

test('a name that differs from a known one by case is found, as Go folds it', () => {
  for (const [text, name, meant] of [
    ['{"Kind":1}', 'Kind', 'kind'],
    ['{"KIND":1,"kind":2}', 'KIND', 'kind'],
    ['{"\\u212aind":1}', '\u212aind', 'kind'],
    ['{"li\u017ft":1}', 'li\u017ft', 'list'],
    ['{"list":[{},{"Size":1}]}', 'Size', 'size'],
    ['{"one":{"notes":{},"SIZE":1}}', 'SIZE', 'size'],
    ['{"Notes":{}}', 'Notes', 'notes'],
  ] as const)
    assert.deepEqual(fault(text), { kind: 'case', name, known: meant }, text);
});

test('below free members names are the author’s own', () => {
  assert.equal(fault('{"notes":{"a":1,"A":2,"a":3,"Kind":[{"x":1,"x":2}]},"kind":1}'), undefined);
  assert.equal(fault('{"list":[{"notes":{"Size":1}}]}'), undefined);
  assert.deepEqual(fault('{"notes":{"a":[{}]},"Kind":1}'), { kind: 'case', name: 'Kind', known: 'kind' });
});
