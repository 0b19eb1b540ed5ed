// Every pattern that client input meets: none may backtrack, and a replacement must accept what the original does.
// A pattern runs in a context with a time limit, so that a bad one fails the test instead of stopping it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createContext, Script } from 'node:vm';
import { model as ecr } from '../ecr/generated/model.ts';
import { model as iam } from '../iam/generated/model.ts';
import { model as signer } from '../signer/generated/model.ts';
import { model as sts } from '../sts/generated/model.ts';
import type { StringShape } from './model.ts';
import { checkString, PATTERN_INPUT_LIMIT, wholePattern } from './shapes.ts';

type Patterned = StringShape & { readonly pattern: string };

const patterned: readonly (readonly [string, Patterned])[] = [ecr, signer, iam, sts].flatMap((model) =>
  Object.entries(model.shapes).flatMap(([name, shape]) =>
    shape.type === 'string' && shape.pattern !== undefined
      ? [[name, { ...shape, pattern: shape.pattern }] as const]
      : [],
  ),
);

/** Fragments that the patterns are built of; repeated, they drive a backtracking engine into its worst case. */
const pumps = 'a A 0 - _ . / * : = + @ \t a- a. a__ a/ a-a *a */ a* -a /a aa/ 0a- a.a/'.split(' ');
const heads = [
  '',
  'a',
  'a/',
  'arn:aws',
  'arn:aws-a',
  'arn:aws:secretsmanager:a:secret:ecr-pullthroughcache/',
  'arn:aws:kms:a:123456789012:key/',
  'arn:aws:iam::123456789012:role/',
  'arn:aws:signer:a:123456789012:/signing-profiles/',
];
const tails = ['', '!', '\n', '/', '-', '.'];

function* worstCases(limit: number): Generator<string> {
  for (const head of heads) {
    for (const pump of pumps) {
      for (const tail of tails) {
        const room = limit - head.length - tail.length;
        if (room > 0) yield head + pump.repeat(Math.ceil(room / pump.length)).slice(0, room) + tail;
      }
    }
  }
}

/** Runs the pattern on each input; throws ERR_SCRIPT_EXECUTION_TIMEOUT when one takes over 250 ms. */
function runAll(source: string, inputs: Iterable<string>): void {
  const { flags } = wholePattern(source);
  const context = createContext({ input: '', source, flags });
  new Script('globalThis.pattern = new RegExp(source, flags)').runInContext(context);
  const script = new Script('pattern.test(input)');
  for (const input of inputs) {
    context.input = input;
    script.runInContext(context, { timeout: 2000 });
  }
}

function* stringsOver(alphabet: string, longest: number): Generator<string> {
  let level = [''];
  for (let length = 1; length <= longest; length += 1) {
    level = level.flatMap((start) => Array.from(alphabet, (letter) => start + letter));
    yield* level;
  }
}

describe('patterns of the wire models', () => {
  test('there are some', () => assert.ok(patterned.length >= 20, String(patterned.length)));

  for (const [name, shape] of patterned) {
    test(`${name} decides every worst case of full length at once`, () => {
      const source = `^(?:${shape.check ?? shape.pattern})$`;
      runAll(source, worstCases(Math.min(shape.max ?? PATTERN_INPUT_LIMIT, PATTERN_INPUT_LIMIT)));
    });
  }

  test('the check notices a pattern that backtracks', () => {
    const [, filter] = patterned.find(([name]) => name === 'ScanningRepositoryFilterValue') ?? [];
    assert.ok(filter?.check !== undefined);
    assert.throws(() => runAll(filter.pattern, worstCases(40)), { code: 'ERR_SCRIPT_EXECUTION_TIMEOUT' });
  });

  for (const [name, shape] of patterned.filter(([, { check }]) => check !== undefined)) {
    test(`${name}: the replacement accepts exactly what the documented pattern accepts`, () => {
      const original = new RegExp(shape.pattern);
      const replacement = new RegExp(shape.check ?? '');
      let count = 0;
      for (const text of stringsOver('a0*./-_A', 6)) {
        count += 1;
        assert.equal(replacement.test(text), original.test(text), JSON.stringify(text));
      }
      assert.ok(count > 290_000);
    });
  }
});

describe('checkString', () => {
  test('matches the whole string, not a part of it', () => {
    const registryId: StringShape = { type: 'string', pattern: '[0-9]{12}' };
    assert.equal(checkString('123456789012', registryId, 'registryId'), '123456789012');
    for (const bad of ['1234567890123', 'x123456789012', '123456789012\n', '']) {
      assert.throws(() => checkString(bad, registryId, 'registryId'), {
        name: 'ConstraintError',
        path: 'registryId',
        message: `Invalid parameter at 'registryId' failed to satisfy constraint: 'must satisfy regular expression '[0-9]{12}''`,
      });
    }
  });

  test('looks at the length before the pattern', () => {
    const shape: StringShape = { type: 'string', min: 1, max: 3, pattern: 'a+' };
    assert.throws(() => checkString('bbbb', shape, 'm'), /length less than or equal to 3/);
  });

  test('runs no pattern on endless input where the model gives no maximum', () => {
    const shape: StringShape = { type: 'string', pattern: 'a+' };
    assert.equal(checkString('a'.repeat(PATTERN_INPUT_LIMIT), shape, 'm').length, PATTERN_INPUT_LIMIT);
    assert.throws(() => checkString('a'.repeat(PATTERN_INPUT_LIMIT + 1), shape, 'm'), /regular expression/);
  });

  test('an alternative of a pattern is anchored as a whole', () => {
    const shape: StringShape = { type: 'string', pattern: '^$|arn:a+' };
    assert.equal(checkString('', shape, 'm'), '');
    assert.throws(() => checkString('xarn:a', shape, 'm'), /regular expression/);
    assert.throws(() => checkString('arn:ax', shape, 'm'), /regular expression/);
  });
});
