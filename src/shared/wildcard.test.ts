import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePattern, compileWildcard, patternParts } from './wildcard.ts';

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

test('with single wildcards it agrees with a plain definition on all short texts', () => {
  const plain = (pattern: string, text: string): boolean => {
    if (pattern === '') return text === '';
    if (pattern[0] === '*')
      return plain(pattern.slice(1), text) || (text !== '' && plain(pattern, text.slice(1)));
    return (
      text !== '' && (pattern[0] === '?' || pattern[0] === text[0]) && plain(pattern.slice(1), text.slice(1))
    );
  };
  const texts = (letters: string, length: number): string[] =>
    length === 0 ? [''] : texts(letters, length - 1).flatMap((t) => letters.split('').map((l) => t + l));
  const names = [0, 1, 2, 3, 4, 5].flatMap((length) => texts('ab', length));
  for (const pattern of [0, 1, 2, 3, 4, 5].flatMap((length) => texts('ab*?', length))) {
    const matcher = compilePattern(patternParts(pattern));
    for (const name of names) assert.equal(matcher(name), plain(pattern, name), `${pattern} ~ ${name}`);
  }
});

test('a part that is text stands for itself', () => {
  const matcher = compilePattern(['a', { any: 'run' }, '*', { any: 'one' }]);
  assert.ok(matcher('axx*y'));
  assert.ok(!matcher('axxxy'));
});

test('long pieces with single wildcards are found wherever they stand', () => {
  const piece = Array.from({ length: 90 }, (_, n) => (n % 3 === 1 ? '?' : 'abcdefghij'[n % 10])).join('');
  const standing = piece.replaceAll('?', 'z');
  const matcher = compilePattern(patternParts(`*${piece}*`));
  for (const before of ['', 'a', standing.slice(0, 50), standing.slice(0, 89)])
    for (const after of ['', standing.slice(40)]) {
      assert.ok(matcher(`${before}${standing}${after}`));
      for (const at of [0, 29, 32, 63, 89]) {
        const broken = `${standing.slice(0, at)}${piece[at] === '?' ? '' : '!'}${standing.slice(at + 1)}`;
        assert.ok(!matcher(`${before}${broken}`), `${at}`);
      }
    }
});
