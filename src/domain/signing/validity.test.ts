import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDomainError } from '../errors.ts';
import { checkValidity, validityEnd } from './validity.ts';

const seconds = (iso: string) => Date.parse(iso) / 1000;

test('a profile without a period gets 135 months', () => {
  assert.deepEqual(checkValidity(undefined), { value: 135, type: 'MONTHS' });
});

test('periods up to 135 months are taken, longer ones and parts of one are refused', () => {
  assert.deepEqual(checkValidity({ value: 11, type: 'YEARS' }), { value: 11, type: 'YEARS' });
  assert.deepEqual(checkValidity({ value: 1, type: 'DAYS' }), { value: 1, type: 'DAYS' });
  for (const bad of [
    { value: 0, type: 'DAYS' as const },
    { value: -1, type: 'MONTHS' as const },
    { value: 136, type: 'MONTHS' as const },
    { value: 12, type: 'YEARS' as const },
    { value: 4110, type: 'DAYS' as const },
    { value: 5 },
    { type: 'DAYS' as const },
    {},
  ])
    assert.throws(
      () => checkValidity(bad),
      (error) => isDomainError(error, 'Validation'),
      JSON.stringify(bad),
    );
});

test('months keep the day of the month, or end with a shorter month', () => {
  const from = seconds('2026-01-31T10:20:30Z');
  assert.equal(validityEnd(from, { value: 1, type: 'MONTHS' }), seconds('2026-02-28T10:20:30Z'));
  assert.equal(validityEnd(from, { value: 135, type: 'MONTHS' }), seconds('2037-04-30T10:20:30Z'));
  assert.equal(validityEnd(from, { value: 2, type: 'YEARS' }), seconds('2028-01-31T10:20:30Z'));
  assert.equal(validityEnd(from, { value: 2, type: 'DAYS' }), seconds('2026-02-02T10:20:30Z'));
  const leapDay = seconds('2028-02-29T00:00:00Z');
  assert.equal(validityEnd(leapDay, { value: 1, type: 'YEARS' }), seconds('2029-02-28T00:00:00Z'));
});
