// How long a signature is valid: a profile's period, checked and added to a signing time.
import { unreachable } from '../../shared/assert.ts';
import { DomainError } from '../errors.ts';
import type { ValidityPeriod } from './types.ts';

/** AWS Signer's default and documented maximum for container images. */
export const DEFAULT_VALIDITY: ValidityPeriod = { value: 135, type: 'MONTHS' };

/** 135 months in each unit; days at 30.4375 to the month, rounded down. */
const longest: Readonly<Record<ValidityPeriod['type'], number>> = { DAYS: 4109, MONTHS: 135, YEARS: 11 };

/** A period as a client gives it: both members, or nothing is meant. */
export interface GivenValidity {
  readonly value?: number | undefined;
  readonly type?: ValidityPeriod['type'] | undefined;
}

/** A period as a client gave it, or the default. Throws Validation. */
export function checkValidity(given: GivenValidity | undefined): ValidityPeriod {
  if (given === undefined) return DEFAULT_VALIDITY;
  const { value, type } = given;
  if (value === undefined || type === undefined)
    throw new DomainError('Validation', 'signatureValidityPeriod needs both value and type.', {});
  if (!Number.isSafeInteger(value) || value < 1 || value > longest[type])
    throw new DomainError(
      'Validation',
      `signatureValidityPeriod must be between 1 and ${longest[type]} ${type} (135 months are the longest); it is ${value} ${type}.`,
      {},
    );
  return { value, type };
}

/** The end of a period that begins at `from`; both epoch seconds. A month keeps its day or ends with the month. */
export function validityEnd(from: number, period: ValidityPeriod): number {
  const date = new Date(from * 1000);
  switch (period.type) {
    case 'DAYS':
      return from + period.value * 86_400;
    case 'MONTHS':
      return addMonths(date, period.value);
    case 'YEARS':
      return addMonths(date, period.value * 12);
    default:
      return unreachable(period.type);
  }
}

function addMonths(date: Date, months: number): number {
  const day = date.getUTCDate();
  const moved = new Date(date);
  moved.setUTCDate(1);
  moved.setUTCMonth(moved.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(moved.getUTCFullYear(), moved.getUTCMonth() + 1, 0)).getUTCDate();
  moved.setUTCDate(Math.min(day, lastDay));
  return Math.floor(moved.getTime() / 1000);
}
