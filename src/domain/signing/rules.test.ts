import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileRules } from './rules.ts';
import type { SigningConfiguration } from './types.ts';

const arn = (name: string) => `arn:aws:signer:us-east-1:123456789012:/signing-profiles/${name}`;

function configuration(...rules: [profile: string, ...filters: string[]][]): SigningConfiguration {
  return {
    rules: rules.map(([profile, ...filters]) => ({
      signingProfileArn: arn(profile),
      ...(filters.length === 0
        ? {}
        : {
            repositoryFilters: filters.map((filter) => ({ filter, filterType: 'WILDCARD_MATCH' as const })),
          }),
    })),
  };
}

const matches = (filter: string, name: string) =>
  compileRules(configuration(['p1', filter])).profilesFor(name).length === 1;

test("the guide's examples mean what it says", () => {
  for (const [filter, yes, no] of [
    ['myapp/*', ['myapp/a', 'myapp/a/b'], ['myapp', 'x/myapp/a', 'myapp2/a']],
    ['*/production', ['a/production', 'a/b/production'], ['production', 'a/production2', 'a-production']],
    ['*prod*', ['prod', 'reprod/x', 'a/prod-1'], ['pro', 'p/rod']],
    ['test*', ['test', 'test/a', 'test-1'], ['atest']],
  ] as const) {
    for (const name of yes) assert.ok(matches(filter, name), `${filter} ~ ${name}`);
    for (const name of no) assert.ok(!matches(filter, name), `${filter} !~ ${name}`);
  }
});

test('a filter without a star matches exactly; the star alone matches all; stars may be empty', () => {
  assert.ok(matches('app', 'app'));
  assert.ok(!matches('app', 'my/app'));
  assert.ok(!matches('app', 'app2'));
  assert.ok(matches('*', 'any/thing'));
  assert.ok(matches('a*b*c', 'abc'));
  assert.ok(matches('a*ab', 'aab'));
  assert.ok(!matches('a*ab', 'ab'));
  assert.ok(matches('*a*a*', 'aa'));
  assert.ok(!matches('*aa*aa*', 'aaa'));
});

test('filters of a rule are alternatives, no filters mean every repository', () => {
  const rules = compileRules(configuration(['p1', 'a', 'b/*'], ['p2']));
  assert.deepEqual(rules.profilesFor('a'), [arn('p1'), arn('p2')]);
  assert.deepEqual(rules.profilesFor('b/c'), [arn('p1'), arn('p2')]);
  assert.deepEqual(rules.profilesFor('c'), [arn('p2')]);
});

test('several rules of one profile give the profile once', () => {
  const rules = compileRules(configuration(['p1', 'a*'], ['p2', 'a*'], ['p1', 'ab']));
  assert.deepEqual(rules.profilesFor('ab'), [arn('p1'), arn('p2')]);
});

test('a later rule of a profile adds to the earlier ones', () => {
  const rules = compileRules(configuration(['p1', 'a'], ['p1', 'b'], ['p1', 'c/*'], ['p1', 'd/*']));
  for (const name of ['a', 'b', 'c/x', 'd/x']) assert.deepEqual(rules.profilesFor(name), [arn('p1')], name);
  assert.deepEqual(rules.profilesFor('e'), []);
  const all = compileRules(configuration(['p1'], ['p1', 'a']));
  assert.deepEqual(all.profilesFor('e'), [arn('p1')]);
});

test('what a name gave is remembered for that name only', () => {
  const rules = compileRules(configuration(['p1', 'a'], ['p2', 'b*']));
  for (let round = 0; round < 2; round += 1) {
    assert.deepEqual(rules.profilesFor('a'), [arn('p1')]);
    assert.deepEqual(rules.profilesFor('b'), [arn('p2')]);
    assert.deepEqual(rules.profilesFor('c'), []);
  }
});

test('no rules and no configuration match nothing', () => {
  assert.deepEqual(compileRules({ rules: [] }).profilesFor('a'), []);
  assert.deepEqual(compileRules(undefined).profilesFor('a'), []);
});

test('agrees with a plain definition of the wildcard on many short names', () => {
  const plain = (filter: string, name: string): boolean => {
    if (filter === '') return name === '';
    if (filter[0] === '*')
      return plain(filter.slice(1), name) || (name !== '' && plain(filter, name.slice(1)));
    return filter[0] === name[0] && plain(filter.slice(1), name.slice(1));
  };
  const texts = (letters: string, length: number): string[] =>
    length === 0 ? [''] : texts(letters, length - 1).flatMap((t) => letters.split('').map((l) => t + l));
  const names = [1, 2, 3, 4, 5].flatMap((length) => texts('ab', length));
  for (const filter of [1, 2, 3, 4].flatMap((length) => texts('ab*', length))) {
    const rules = compileRules(configuration(['p1', filter]));
    for (const name of names)
      assert.equal(rules.profilesFor(name).length === 1, plain(filter, name), `${filter} ~ ${name}`);
  }
});
