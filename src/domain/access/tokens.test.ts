import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import {
  type LoginTokens,
  makeLoginTokens,
  makeSealedClaims,
  type Principal,
  rootPrincipal,
} from './index.ts';
import { LOGIN_TOKEN_LIFETIME_MS } from './tokens.ts';

const registry = { accountId: '123456789012', region: 'eu-west-1' };
const principal: Principal = rootPrincipal('123456789012', 'AKIAEXAMPLEEXAMPLE00');

function setUp(key: Uint8Array = randomBytes(32)) {
  const state = { now: 1_700_000_000_000, principals: [principal] };
  /** As after a restart. */
  const tokens = (rootSecret = 'a secret'): LoginTokens =>
    makeLoginTokens({
      claims: makeSealedClaims(() => [key]),
      clock: { now: () => state.now },
      findPrincipal: (id) => Promise.resolve(state.principals.find((p) => p.accessKeyId === id)),
      rootSecret,
    });
  return { state, tokens };
}

test('a token names its principal and registry, before and after a restart', async () => {
  const { tokens } = setUp();
  const { password } = tokens().issue(principal, registry);
  assert.deepEqual(await tokens().check(password), { kind: 'good', principal, registry });
  assert.ok(/^[\x21-\x7e]+$/.test(password) && !password.includes(':'));
});

test('a token ends after 12 hours, also when it was seen before', async () => {
  const { state, tokens } = setUp();
  const own = tokens();
  const { password, expiresAt } = own.issue(principal, registry);
  assert.equal(expiresAt, state.now + LOGIN_TOKEN_LIFETIME_MS);
  state.now = expiresAt - 1;
  assert.equal((await own.check(password)).kind, 'good');
  state.now = expiresAt;
  assert.equal((await own.check(password)).kind, 'expired');
  assert.equal((await own.check(password)).kind, 'expired');
});

test('a token dies with its access key at once', async () => {
  const { state, tokens } = setUp();
  const own = tokens();
  const { password } = own.issue(principal, registry);
  assert.equal((await own.check(password)).kind, 'good');
  state.principals = [];
  assert.equal((await own.check(password)).kind, 'bad');
});

test('a changed, foreign or cut token is bad', async () => {
  const { tokens } = setUp();
  const { password } = tokens().issue(principal, registry);
  const bytes = Buffer.from(password, 'base64url');
  const changed = Buffer.from(bytes.toString('latin1').replace('123456789012', '210987654321'), 'latin1');
  assert.ok(!changed.equals(bytes));
  for (const bad of [
    '',
    'x',
    setUp().tokens().issue(principal, registry).password,
    password.slice(0, -4),
    `${password}=`,
    changed.toString('base64url'),
    'a'.repeat(100_000),
  ]) {
    assert.deepEqual(await tokens().check(bad), { kind: 'bad' }, bad.slice(0, 80));
  }
});

test('a token of the configured root ends when its secret changes, others do not', async () => {
  const { state, tokens } = setUp();
  const root: Principal = { ...rootPrincipal('123456789012', 'AKIAROOTROOTROOTROOT'), configured: true };
  state.principals = [principal, root];
  const first = tokens();
  const [own, others] = [first.issue(root, registry).password, first.issue(principal, registry).password];
  assert.equal((await tokens().check(own)).kind, 'good');
  const changed = tokens('another secret');
  assert.equal((await changed.check(own)).kind, 'bad');
  assert.equal((await changed.check(others)).kind, 'good');
  // What was sealed for another is not taken for the root.
  state.principals = [{ ...root, accessKeyId: principal.accessKeyId }];
  assert.equal((await first.check(others)).kind, 'bad');
});

test('a token that a clock gave out which ran ahead is over once the clock is right', async () => {
  const { state, tokens } = setUp();
  const own = tokens();
  state.now += 4 * 24 * 3_600_000;
  const { password } = own.issue(principal, registry);
  assert.equal((await own.check(password)).kind, 'good');
  state.now -= 60_000;
  assert.equal((await own.check(password)).kind, 'good');
  state.now -= 1;
  assert.equal((await own.check(password)).kind, 'expired');
  state.now -= 4 * 24 * 3_600_000;
  assert.equal((await own.check(password)).kind, 'expired');
  assert.equal((await tokens().check(password)).kind, 'expired');
});
