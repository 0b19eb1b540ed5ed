import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type ContextValue, compilePolicy } from './index.ts';

type Values = Readonly<Record<string, ContextValue>>;

/** Whether a condition holds for a request that has these keys. */
function holds(condition: object, values: Values): boolean {
  const { statements } = compilePolicy(
    JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: '*', Resource: '*', Condition: condition },
    }),
    'identity',
  );
  return statements[0]?.holds((key) => values[key]) ?? false;
}

/** One operator on one key. */
const check = (operator: string, expected: unknown, actual: ContextValue): boolean =>
  holds({ [operator]: { 'a:Key': expected } }, { 'a:key': actual });

const table: readonly [operator: string, expected: unknown, yes: readonly string[], no: readonly string[]][] =
  [
    ['StringEquals', ['x', 'y*'], ['x', 'y*'], ['X', 'yz', '']],
    ['StringNotEquals', ['x', 'y'], ['X', 'z'], ['x', 'y']],
    ['StringEqualsIgnoreCase', 'Team', ['team', 'TEAM'], ['teams']],
    ['StringNotEqualsIgnoreCase', 'Team', ['teams'], ['team']],
    ['StringLike', ['a?c', '*z'], ['abc', 'z', 'xyz'], ['ac', 'zx']],
    ['StringNotLike', 'a*', ['b'], ['a', 'ab']],
    ['stringlike', 'a*', ['ab'], ['b']],
    [
      'ArnLike',
      'arn:aws:iam::*:role/*',
      ['arn:aws:iam::1:role/a/b'],
      ['arn:aws:iam::1:user/a', 'role/x', 'arn:aws:iam::1:2:role/x'],
    ],
    ['ArnEquals', 'arn:aws:iam::1:role/?', ['arn:aws:iam::1:role/a'], ['arn:aws:iam::1:role/ab']],
    ['ArnNotLike', 'arn:aws:iam::1:*', ['arn:aws:iam::2:x'], ['arn:aws:iam::1:x']],
    ['ArnLike', 'arn:aws', [], ['arn:aws:iam::1:x']],
    ['NumericEquals', 10, ['10', '10.0', '1e1'], ['11', 'ten', '']],
    ['NumericNotEquals', '10', ['11'], ['10']],
    ['NumericLessThan', '10', ['9.9', '-20'], ['10', '11']],
    ['NumericLessThanEquals', '10', ['10'], ['10.1']],
    ['NumericGreaterThan', '10', ['10.1'], ['10']],
    ['NumericGreaterThanEquals', '10', ['10'], ['9']],
    ['DateEquals', '2026-01-02', ['2026-01-02T00:00:00Z', '1767312000'], ['2026-01-02T00:00:01Z', 'soon']],
    ['DateLessThan', '2026-01-02T00:00:00+02:00', ['2026-01-01T21:59:59Z'], ['2026-01-01T22:00:00Z']],
    ['DateGreaterThan', '1767312000', ['2026-01-02T00:00:01'], ['2026-01-02T00:00:00']],
    ['DateNotEquals', '2026-01-02', ['2026-01-03'], ['2026-01-02']],
    ['Bool', true, ['true', 'TRUE'], ['false', '1']],
    ['BinaryEquals', 'AAE=', ['AAE='], ['AAI=', '??']],
    [
      'IpAddress',
      ['10.0.0.0/8', '2001:db8::/32'],
      ['10.9.8.7', '2001:DB8:1::', '::ffff:10.0.0.1'],
      ['11.0.0.0', '2001:db9::', 'x'],
    ],
    ['IpAddress', '192.0.2.7', ['192.0.2.7'], ['192.0.2.8']],
    ['NotIpAddress', '0.0.0.0/0', ['2001:db8::1'], ['1.2.3.4']],
  ];

for (const [operator, expected, yes, no] of table)
  test(`${operator} ${JSON.stringify(expected)}`, () => {
    for (const actual of yes) assert.ok(check(operator, expected, actual), actual);
    for (const actual of no) assert.ok(!check(operator, expected, actual), actual);
  });

describe('a key that the request lacks', () => {
  test('fails an operator, holds for its contrary and for IfExists', () => {
    for (const [operator, value] of [
      ['StringEquals', 'x'],
      ['Bool', 'true'],
      ['IpAddress', '10.0.0.0/8'],
      ['NumericLessThan', '1'],
      ['ForAnyValue:StringEquals', 'x'],
      ['ForAnyValue:StringNotEquals', 'x'],
      ['ForAnyValue:StringEqualsIfExists', 'x'],
    ] as const)
      assert.ok(!check(operator, value, undefined), operator);
    for (const [operator, value] of [
      ['StringNotEquals', 'x'],
      ['NotIpAddress', '10.0.0.0/8'],
      ['BoolIfExists', 'true'],
      ['StringLikeIfExists', 'x'],
      ['ForAllValues:StringEquals', 'x'],
    ] as const)
      assert.ok(check(operator, value, undefined), operator);
  });

  test('is what Null asks for', () => {
    assert.ok(check('Null', 'true', undefined));
    assert.ok(check('Null', true, []));
    assert.ok(!check('Null', 'true', 'x'));
    assert.ok(check('Null', 'false', ''));
  });
});

describe('a key of several values', () => {
  test('ForAllValues holds when each matches, ForAnyValue when one does', () => {
    assert.ok(check('ForAllValues:StringLike', ['a*', 'b'], ['a1', 'b']));
    assert.ok(!check('ForAllValues:StringLike', ['a*', 'b'], ['a1', 'c']));
    assert.ok(check('ForAnyValue:StringEquals', ['x'], ['y', 'x']));
    assert.ok(!check('ForAnyValue:StringEquals', ['x'], ['y']));
    assert.ok(check('ForAnyValue:StringNotEquals', ['x'], ['x', 'y']));
    assert.ok(!check('ForAllValues:StringNotEquals', ['x'], ['x', 'y']));
  });

  test('under an operator for one value, a contrary must hold for all', () => {
    assert.ok(check('StringEquals', 'x', ['y', 'x']));
    assert.ok(!check('StringNotEquals', 'x', ['y', 'x']));
  });
});

test('all keys of all operators must hold', () => {
  const condition = { StringEquals: { 'a:One': '1', 'a:Two': '2' }, Bool: { 'a:Three': 'true' } };
  assert.ok(holds(condition, { 'a:one': '1', 'a:two': '2', 'a:three': 'true' }));
  assert.ok(!holds(condition, { 'a:one': '1', 'a:two': '2', 'a:three': 'false' }));
  assert.ok(!holds(condition, { 'a:one': '1', 'a:two': '3', 'a:three': 'true' }));
});

test('a variable without a value neither matches nor is a contrary', () => {
  const own = { 'a:one': 'x' };
  assert.ok(holds({ StringEquals: { 'a:One': '${a:Two}' } }, { ...own, 'a:two': 'x' }));
  assert.ok(!holds({ StringEquals: { 'a:One': '${a:Two}' } }, own));
  assert.ok(!holds({ StringNotEquals: { 'a:One': '${a:Two}' } }, own));
  assert.ok(holds({ StringEquals: { 'a:One': "${a:Two, 'x'}" } }, own));
  assert.ok(!holds({ StringLike: { 'a:One': '${a:Two}' } }, { ...own, 'a:two': '*' }));
  assert.ok(!holds({ ArnNotLike: { 'a:One': 'arn:aws:iam::${a:Two}:x' } }, { 'a:one': 'arn:aws:iam::1:x' }));
});

test('a hostile pattern comes to an end', () => {
  const pattern = `*${'a?'.repeat(900)}b*`;
  const started = performance.now();
  for (let n = 0; n < 20; n += 1) assert.ok(!check('StringLike', pattern, 'a'.repeat(2048)));
  // Backtracking would take longer than the universe has; the bound is for slow machines.
  assert.ok(performance.now() - started < 10_000);
});

// This file runs once more, in a process of another time zone.
const otherZone = 'Asia/Tokyo';
if (process.env['TZ'] !== otherZone)
  test('times without a zone are UTC wherever the server runs', {
    skip: process.env['TZ'] === 'Asia/Tokyo',
  }, () => {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const { status, stdout } = spawnSync(process.execPath, [fileURLToPath(import.meta.url)], {
      env: { ...env, TZ: otherZone },
      encoding: 'utf8',
    });
    assert.equal(status, 0, stdout);
    assert.match(stdout, /DateGreaterThan/);
  });
