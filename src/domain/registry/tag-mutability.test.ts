import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDomainError } from '../errors.ts';
import { checkExclusions, isImmutableTag } from './tag-mutability.ts';
import type { TagMutability } from './types.ts';

const filters = (...texts: string[]) => texts.map((filter) => ({ filterType: 'WILDCARD' as const, filter }));

test('exclusions turn the rule around for the tags that they match', () => {
  const held = (tagMutability: TagMutability, tag: string) =>
    isImmutableTag({ tagMutability, tagMutabilityExclusions: filters('latest', 'dev-*') }, tag);
  const cases: readonly [TagMutability, string, boolean][] = [
    ['MUTABLE', 'v1', false],
    ['IMMUTABLE', 'v1', true],
    ['IMMUTABLE', 'latest', true],
    ['IMMUTABLE_WITH_EXCLUSION', 'v1', true],
    ['IMMUTABLE_WITH_EXCLUSION', 'latest', false],
    ['IMMUTABLE_WITH_EXCLUSION', 'dev-7', false],
    ['MUTABLE_WITH_EXCLUSION', 'v1', false],
    ['MUTABLE_WITH_EXCLUSION', 'dev-7', true],
  ];
  for (const [rule, tag, expected] of cases) assert.equal(held(rule, tag), expected, `${rule} ${tag}`);
});

test('exclusions go with the two rules that have them, and keep to their limits', () => {
  const refused = (rule: TagMutability, given: ReturnType<typeof filters> | undefined) =>
    assert.throws(
      () => checkExclusions(rule, given),
      (error) => isDomainError(error, 'InvalidParameter'),
    );
  refused('MUTABLE', filters('a'));
  refused('IMMUTABLE', filters('a'));
  refused('MUTABLE_WITH_EXCLUSION', undefined);
  refused('IMMUTABLE_WITH_EXCLUSION', []);
  refused('IMMUTABLE_WITH_EXCLUSION', filters('a*b*c*'));
  refused('IMMUTABLE_WITH_EXCLUSION', filters('a', 'b', 'c', 'd', 'e', 'f'));
  refused('IMMUTABLE_WITH_EXCLUSION', filters('a/b'));
  assert.deepEqual(checkExclusions('IMMUTABLE_WITH_EXCLUSION', filters('a*b*')), filters('a*b*'));
  assert.deepEqual(checkExclusions('IMMUTABLE', undefined), []);
});
