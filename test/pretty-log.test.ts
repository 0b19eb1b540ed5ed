// The log for people goes to a terminal: what clients put into a request cannot drive it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeLog } from '../src/log.ts';

const HOSTILE = 'x\u001b[2J\u202ey\u009b1m\r\nINFO: forged\u200b';

test('the pretty log escapes control and direction characters wherever they stand', () => {
  let text = '';
  const log = makeLog({ level: 'info', format: 'pretty' }, (lines) => (text += lines));
  log.info({ path: HOSTILE, list: [{ deep: HOSTILE }], [HOSTILE]: 1 }, HOSTILE);
  log.error({ err: new Error(HOSTILE, { cause: new Error(HOSTILE) }) }, 'request failed');
  assert.ok(text.includes('request failed') && text.includes('forged'));
  // Colours are the log's own.
  const bare = text.replaceAll(/\p{Cc}\[\d+m/gu, '');
  assert.doesNotMatch(bare.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  assert.doesNotMatch(bare, /^INFO: forged/m);
});

test('the JSON log keeps the texts as they are, escaped as JSON', () => {
  let text = '';
  makeLog({ level: 'info', format: 'json' }, (lines) => (text += lines)).info({ path: HOSTILE }, 'request');
  assert.equal((JSON.parse(text) as { path: string }).path, HOSTILE);
});
