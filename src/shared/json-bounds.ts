// How deep a JSON text is and how many values it has, counted in its bytes before anything is parsed: a small text can
// otherwise become a million objects. It does not check the syntax; what is not JSON is left to the parser.

export interface JsonBounds {
  readonly depth: number;
  /** Values and member names, roughly: every object, array, comma and colon counts one. */
  readonly values: number;
  /** Members of one object: each name that was not seen before costs a parser most. */
  readonly members: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Strings up to here are walked byte by byte; the end of a longer one is searched natively. */
const SHORT_STRING = 64;

/** Which bound the text goes beyond; undefined for none. */
export function exceededBound(text: Uint8Array, bounds: JsonBounds): keyof JsonBounds | undefined {
  /** Of the object that is open at each depth; arrays have none. */
  const members: number[] = [0];
  let depth = 0;
  let values = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text[at]) {
      case QUOTE:
        at = endOfString(text, at + 1);
        break;
      case 0x5b: // [
      case 0x7b: // {
        depth += 1;
        values += 1;
        if (depth > bounds.depth) return 'depth';
        members[depth] = 0;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth -= 1;
        break;
      case 0x2c: // ,
        values += 1;
        break;
      case 0x3a: {
        // :
        values += 1;
        const own = (members[depth] ?? 0) + 1;
        if (own > bounds.members) return 'members';
        members[depth] = own;
        break;
      }
      default:
        break;
    }
    if (values > bounds.values) return 'values';
  }
  return undefined;
}

/**
 * Where the quote is that ends the string whose first byte is at `start`; the end of the text when there is none. Walks
 * a few bytes before each native search, so that a string of escaped quotes costs no search for each of them.
 */
export function endOfString(text: Uint8Array, start: number): number {
  for (let at = start; ; ) {
    const walked = at + SHORT_STRING;
    for (; at < text.length && at < walked; at += 1) {
      const byte = text[at];
      if (byte === QUOTE) return at;
      if (byte === BACKSLASH) at += 1;
    }
    const quote = text.indexOf(QUOTE, at);
    if (quote < 0) return text.length;
    if (!isEscaped(text, quote, at)) return quote;
    at = quote + 1;
  }
}

/** Whether an odd number of backslashes stands before the byte, none of them before `from`. */
function isEscaped(text: Uint8Array, at: number, from: number): boolean {
  let first = at;
  while (first > from && text[first - 1] === BACKSLASH) first -= 1;
  return (at - first) % 2 === 1;
}
