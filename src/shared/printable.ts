// Text of foreign origin as a terminal may show it. What could drive the terminal, hide a part of the text or turn its
// direction is written as an escape, in JSON's form: a JSON text stays one, with the same meaning.

/** Most text; nothing in it needs a second look. */
const PLAIN = /^[\x20-\x7e]*$/;
/** Control characters (C0, C1, ESC, line ends), format characters (direction, zero width), line and paragraph separators. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** One line of printable text. Applied again it changes nothing. */
export function printable(text: string): string {
  if (PLAIN.test(text)) return text;
  return text
    .toWellFormed()
    .replaceAll(UNPRINTABLE, (character) =>
      Array.from(
        { length: character.length },
        (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
      ).join(''),
    );
}

/** The same of a line of JSON, whose line end stays. */
export function printableLine(line: string): string {
  return line.endsWith('\n') ? `${printable(line.slice(0, -1))}\n` : printable(line);
}

/**
 * The same of every text in a JSON value, names too, for a reader that shows them as they are. The line ends of a
 * `stack` stay.
 */
export function printableRecord(value: unknown, name = ''): unknown {
  if (typeof value === 'string')
    return name === 'stack' ? value.split('\n').map(printable).join('\n') : printable(value);
  if (Array.isArray(value)) return value.map((item) => printableRecord(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [printable(key), printableRecord(item, key)]),
  );
}
