import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileWildcard } from './wildcard.ts';

const cases: readonly [filter: string, matches: readonly string[], differs: readonly string[]][] = [
  ['prod/app', ['prod/app'], ['prod/app2', 'xprod/app', 'prod', '']],
  ['*', ['', 'a', 'a/b'], []],
  ['**', ['', 'a/b'], []],
  ['prod/*', ['prod/', 'prod/a', 'prod/a/b'], ['prod', 'xprod/a']],
  ['*-rc', ['-rc', 'v1-rc'], ['v1-rc2', 'rc']],
  ['a*a', ['aa', 'aba'], ['a', 'ab']],
  ['*mid*', ['mid', 'xmidx'], ['mi', 'mXid']],
  ['a*b*c', ['abc', 'axbxc', 'abbc'], ['acb', 'ac', 'abcx']],
  ['ab*ba', ['abba', 'abxba'], ['aba']],
  ['*ab*ab', ['abab', 'xabab'], ['ab', 'aab']],
  ['a.b', ['a.b'], ['axb']],
  ['', [''], ['a']],
];

for (const [filter, matches, differs] of cases) {
  test(`'${filter}' matches whole texts only`, () => {
    const matcher = compileWildcard(filter);
    for (const text of matches) assert.equal(matcher(text), true, text);
    for (const text of differs) assert.equal(matcher(text), false, text);
  });
}

test('a hostile filter of many stars comes to an end', () => {
  // A matcher that backtracks would still be at it in a thousand years.
  const matcher = compileWildcard(`${'*a'.repeat(60)}*b*a`);
  assert.equal(matcher('a'.repeat(256)), false);
});
