// Durations and amounts of bytes as people write them, and back: what is printed can be given again.
import { z } from 'zod';

const UNITS_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const UNITS_BYTES = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;

const LONGEST_MS = 3650 * UNITS_MS.d;

/** Milliseconds of a text such as `90s`, `30m`, `24h` or `7d`; undefined for any other text. */
export function parseDuration(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,9})(s|m|h|d)$/.exec(text) ?? [];
  if (count === undefined || unit === undefined) return undefined;
  const ms = Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS];
  return ms <= LONGEST_MS ? ms : undefined;
}

/** `shortest` in ms. */
export function duration(shortest: number): z.ZodType<number> {
  return z.string().transform((value, context) => {
    const ms = parseDuration(value);
    if (ms !== undefined && ms >= shortest) return ms;
    const message = `must be a duration such as 90s, 30m, 24h or 7d, from ${durationText(shortest)} on`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

/** A duration, or `off`. */
export function durationOrOff(shortest: number): z.ZodType<number | 'off'> {
  const some = duration(shortest);
  return z.string().transform((value, context) => {
    if (value === 'off') return 'off';
    const parsed = some.safeParse(value);
    if (parsed.success) return parsed.data;
    context.addIssue({ code: 'custom', message: `${parsed.error.issues[0]?.message ?? 'is wrong'}, or off` });
    return z.NEVER;
  });
}

/** Bytes of a text such as `512KiB`, `16MiB`, `1GiB`; undefined for any other text. */
export function parseByteCount(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,6})(KiB|MiB|GiB)$/.exec(text) ?? [];
  if (count === undefined || unit === undefined || Number(count) === 0) return undefined;
  return Number(count) * UNITS_BYTES[unit as keyof typeof UNITS_BYTES];
}

export const byteCount: z.ZodType<number> = z.string().transform((value, context) => {
  const bytes = parseByteCount(value);
  if (bytes !== undefined) return bytes;
  context.addIssue({ code: 'custom', message: 'must be a number of bytes such as 512KiB, 16MiB or 1GiB' });
  return z.NEVER;
});

/** Bytes, or `all`. */
export const byteCountOrAll: z.ZodType<number | 'all'> = z.union([z.literal('all'), byteCount], {
  error: 'must be a number of bytes such as 512KiB, 16MiB or 1GiB, or all',
});

export function durationText(ms: number): string {
  return inLargestUnit(ms, UNITS_MS);
}

export function byteCountText(bytes: number): string {
  return inLargestUnit(bytes, UNITS_BYTES);
}

function inLargestUnit(amount: number, units: Readonly<Record<string, number>>): string {
  const fitting = Object.entries(units).filter(([, size]) => amount % size === 0);
  const [unit, size] = fitting.at(-1) ?? ['', 1];
  return `${amount / size}${unit}`;
}
