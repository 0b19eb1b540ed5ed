// Output for people: lines, aligned tables, colours only where they are wanted (a terminal, no NO_COLOR).
// What comes from a server or a file is shown through `printable`, so that it cannot drive the terminal.
import { once } from 'node:events';
import { stripVTControlCharacters, styleText } from 'node:util';

export type Colour = 'green' | 'red' | 'yellow' | 'bold' | 'dim';

export interface Terminal {
  /** A line of the result, to standard output. */
  line(text?: string): void;
  /** A line beside the result (progress, errors), to standard error. */
  note(text: string): void;
  /** Colours text for standard output. */
  paint(colour: Colour, text: string): string;
  /** The result as JSON, to standard output. */
  json(value: unknown): void;
  /** Resolves when so little waits to be printed that more may come. */
  drained(): Promise<void>;
}

/** A terminal over two streams; colours follow Node's rules (isTTY, NO_COLOR, FORCE_COLOR). */
export function makeTerminal(out: NodeJS.WriteStream, err: NodeJS.WriteStream): Terminal {
  return {
    line: (text = '') => {
      out.write(`${text}\n`);
    },
    note: (text) => {
      err.write(`${text}\n`);
    },
    paint: (colour, text) => styleText(colour, text, { stream: out, validateStream: true }),
    json: (value) => {
      out.write(`${JSON.stringify(value, null, 2)}\n`);
    },
    drained: async () => {
      if (out.writableNeedDrain) await once(out, 'drain');
    },
  };
}

/** Text of foreign origin without control characters (they become `?`). */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
}

/** Lines of an aligned table; cells may be coloured. The last column is not padded. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => visibleWidth(row[column] ?? ''))));
  return all.map((row) =>
    row
      .map((cell, column) => {
        const missing = (widths[column] ?? 0) - visibleWidth(cell);
        return column === row.length - 1 ? cell : cell + ' '.repeat(missing);
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Lines of `name  value` pairs, names aligned. */
export function pairs(entries: readonly (readonly [name: string, value: string])[]): readonly string[] {
  const width = Math.max(...entries.map(([name]) => visibleWidth(name)));
  return entries.map(([name, value]) => `${name}${' '.repeat(width - visibleWidth(name))}  ${value}`);
}

/** A number of bytes for people, e.g. `1.5 MiB`. */
export function sizeText(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  const amount = bytes / 1024 ** power;
  return `${power === 0 ? amount : amount.toFixed(1)} ${units[power]}`;
}

function visibleWidth(text: string): number {
  return stripVTControlCharacters(text).length;
}
