import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byteCount, byteCountText, duration, durationOrOff, durationText } from './amounts.ts';

test('durations are read and written back', () => {
  for (const [text, ms] of [
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['5h', 18_000_000],
    ['7d', 604_800_000],
  ] as const) {
    assert.equal(duration(1000).parse(text), ms);
    assert.equal(duration(1000).parse(durationText(ms)), ms);
  }
  assert.equal(durationText(86_400_000), '1d');
  assert.equal(durationText(90_000_000), '25h');
});

test('what is no duration, or too short or long, is refused with a form that would do', () => {
  for (const text of ['', '10', 's', '1.5h', '-1s', '1 h', '1w', '999999999d', '0s'])
    assert.match(duration(1000).safeParse(text).error?.issues[0]?.message ?? '', /such as 90s/, text);
  assert.equal(durationOrOff(1000).parse('off'), 'off');
  assert.match(durationOrOff(1000).safeParse('never').error?.issues[0]?.message ?? '', /or off/);
});

test('numbers of bytes are read and written back', () => {
  for (const [text, bytes] of [
    ['512KiB', 524_288],
    ['16MiB', 16_777_216],
    ['2GiB', 2_147_483_648],
  ] as const) {
    assert.equal(byteCount.parse(text), bytes);
    assert.equal(byteCountText(bytes), text);
  }
  for (const text of ['', '16', '16MB', '0MiB', '-1KiB', '1.5GiB'])
    assert.ok(!byteCount.safeParse(text).success, text);
});
