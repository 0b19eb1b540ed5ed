import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printable, printableLine, printableRecord } from './printable.ts';

test('what could drive a terminal or mislead its reader is escaped; other text stays', () => {
  for (const [text, shown] of [
    ['grün 署名 🖋️', 'grün 署名 🖋️'],
    ['a\u001b[2Jb\u009b1m', 'a\\u001b[2Jb\\u009b1m'],
    ['a\r\nb\tc\u0000\u007f\u0085', 'a\\u000d\\u000ab\\u0009c\\u0000\\u007f\\u0085'],
    ['\u202a\u202b\u202c\u202d\u202e', '\\u202a\\u202b\\u202c\\u202d\\u202e'],
    ['\u2066\u2067\u2068\u2069\u200e\u200f\u061c', '\\u2066\\u2067\\u2068\\u2069\\u200e\\u200f\\u061c'],
    ['\u200b\u200c\u200d\u2060\ufeff\u00ad', '\\u200b\\u200c\\u200d\\u2060\\ufeff\\u00ad'],
    ['\u2028\u2029', '\\u2028\\u2029'],
    ['\u{e0041}', '\\udb40\\udc41'],
    ['\ud800', '\ufffd'],
  ] as const) {
    assert.equal(printable(text), shown);
    assert.equal(printable(shown), shown);
  }
});

test('a JSON text keeps its meaning', () => {
  const value = { 'a\u202e': ['b\u2028\u0085\u{e0041}', 'c'] };
  assert.deepEqual(JSON.parse(printable(JSON.stringify(value))), value);
});

test('of a record every text is printable, names too; a stack keeps its lines', () => {
  const given = {
    msg: 'a\nb\u202e',
    err: { message: '\u001b', stack: 'one\ntwo\u009b' },
    'k\u200b': [1, null, '\u0007'],
  };
  assert.deepEqual(printableRecord(given), {
    msg: 'a\\u000ab\\u202e',
    err: { message: '\\u001b', stack: 'one\ntwo\\u009b' },
    'k\\u200b': [1, null, '\\u0007'],
  });
});

test('a line of JSON stays a line and means the same', () => {
  const record = { msg: 'a\u202eb\u009bc', 'k\u2066': '\u001b[31m' };
  const line = printableLine(`${JSON.stringify(record)}\n`);
  assert.match(line, /^[\x20-\x7e]+\n$/);
  assert.deepEqual(JSON.parse(line), record);
});
