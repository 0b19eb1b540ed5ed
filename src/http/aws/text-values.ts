// Values that travel as text (in a query, in a form) as the JSON values that the walker checks.
import type { Shape } from './model.ts';
import { MalformedInputError } from './shapes.ts';

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/i;

/** Epoch seconds, or NaN. */
function parseTime(text: string): number {
  if (/^\d{1,12}(?:\.\d+)?$/.test(text)) return Number(text);
  return RFC_3339.test(text) ? Date.parse(text) / 1000 : Number.NaN;
}

/** A string, number, boolean, time or blob of the shape. Throws MalformedInputError. */
export function scalarFromText(shape: Shape | undefined, value: string, path: string): unknown {
  switch (shape?.type) {
    case 'string':
    case 'blob':
      return value;
    case 'boolean':
      if (value !== 'true' && value !== 'false')
        throw new MalformedInputError(`'${path}' must be true or false`);
      return value === 'true';
    case 'integer':
      if (!/^-?\d{1,15}$/.test(value)) throw new MalformedInputError(`'${path}' must be a whole number`);
      return Number(value);
    case 'timestamp': {
      // RFC 3339 times; some clients send epoch seconds.
      const seconds = value.length > 40 ? Number.NaN : parseTime(value);
      if (Number.isNaN(seconds)) throw new MalformedInputError(`'${path}' must be a time`);
      return seconds;
    }
    default:
      throw new Error(`a ${shape?.type} cannot travel as text`);
  }
}
