import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pairs, printable, table } from './terminal.ts';

test('a table aligns its columns, coloured cells too, and leaves no blanks at line ends', () => {
  assert.deepEqual(
    table(
      ['STATUS', 'PROFILE'],
      [
        ['\u001b[32mCOMPLETE\u001b[39m', 'a'],
        ['FAILED', ''],
      ],
    ),
    ['STATUS    PROFILE', '\u001b[32mCOMPLETE\u001b[39m  a', 'FAILED'],
  );
});

test('pairs align their values', () => {
  assert.deepEqual(
    pairs([
      ['a', '1'],
      ['long', '2'],
    ]),
    ['a     1', 'long  2'],
  );
});

test('foreign text cannot drive the terminal', () => {
  assert.equal(printable('a\u001b[2J\r\nb\u202ec\u0085'), 'a?[2J??b?c?');
  assert.equal(printable('grün 署名'), 'grün 署名');
});
