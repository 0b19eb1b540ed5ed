// The header of a Basic login, before and beside what tokens say.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { principal } from '../../../test/helpers/sigv4.ts';
import type { LoginTokens } from '../../domain/access/index.ts';
import { makeBasicLogin } from './basic.ts';

const registry = { accountId: '123456789012', region: 'us-east-1' };

/** Knows one token of any length, and counts how often it is asked. */
function tokensThatKnow(isGood: (password: string) => boolean): LoginTokens & { asked: number } {
  const tokens = {
    asked: 0,
    check: async (password: string) => {
      tokens.asked += 1;
      return isGood(password) ? { kind: 'good' as const, principal, registry } : { kind: 'bad' as const };
    },
    issue: () => assert.fail('no token is issued here'),
  };
  return tokens;
}

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

test('an empty login is answered as none, a wrong one says how to log in', async () => {
  const tokens = tokensThatKnow(() => false);
  const login = makeBasicLogin(tokens);
  assert.deepEqual(await login(undefined), { kind: 'refused', message: 'Not Authorized' });
  assert.deepEqual(await login('Basic Og=='), { kind: 'refused', message: 'Not Authorized' });
  const wrong = await login(basic('someone:else'));
  assert.ok(wrong.kind === 'refused');
  assert.match(wrong.message, /^Your authorization token is invalid/);
  assert.equal(tokens.asked, 0);
});

test('a header is taken up to its limit and not looked into beyond', async () => {
  const tokens = tokensThatKnow(() => true);
  const login = makeBasicLogin(tokens);
  // 6 characters of the scheme and multiples of 4: the longest that fits has 8190.
  const longest = basic(`AWS:${'x'.repeat(6138 - 4)}`);
  assert.equal(longest.length, 8190);
  assert.equal((await login(longest)).kind, 'caller');
  const beyond = basic(`AWS:${'x'.repeat(6138 - 4 + 3)}`);
  assert.equal(beyond.length, 8194);
  assert.equal((await login(beyond)).kind, 'refused');
  assert.equal(tokens.asked, 1);
});

test('what a header says is asked for again with every request, remembered or not', async () => {
  let isGood = true;
  const tokens = tokensThatKnow(() => isGood);
  const login = makeBasicLogin(tokens);
  assert.equal((await login(basic('AWS:token'))).kind, 'caller');
  assert.equal((await login(basic('AWS:token'))).kind, 'caller');
  isGood = false;
  assert.equal((await login(basic('AWS:token'))).kind, 'refused');
  assert.equal(tokens.asked, 3);
});
