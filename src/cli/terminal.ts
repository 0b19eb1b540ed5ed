// Output for people: lines, aligned tables, colours only where they are wanted (a terminal, no NO_COLOR).
// The one door to the terminal: whatever a text holds, and wherever it came from, it cannot drive the terminal here. The
// only escape sequences that get out are colours of this terminal's own `paint`.
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { stripVTControlCharacters, styleText } from 'node:util';
import { printable } from '../shared/printable.ts';

export { printable };

export type Colour = 'green' | 'red' | 'yellow' | 'bold' | 'dim';

export interface Terminal {
  /** A line of the result, to standard output. A line end in the text is shown as an escape. */
  line(text?: string): void;
  /** A line beside the result (progress, errors), to standard error. */
  note(text: string): void;
  /** A text of several lines, ours as a whole (help, a configuration): its line ends stay. */
  block(to: 'line' | 'note', text: string): void;
  /** Colours text for standard output. */
  paint(colour: Colour, text: string): string;
  /** The result as JSON, to standard output. */
  json(value: unknown): void;
  /** Resolves when so little waits to be printed that more may come. */
  drained(): Promise<void>;
}

/** A terminal over two streams; colours follow Node's rules (isTTY, NO_COLOR, FORCE_COLOR). */
export function makeTerminal(out: NodeJS.WriteStream, err: NodeJS.WriteStream): Terminal {
  // Foreign text cannot know the numbers, so that it cannot have a colour either.
  const own = Array.from({ length: 3 }, () => randomInt(1000, 10_000)).join(';');
  const painted = new RegExp(`\\u001b\\[(\\d+);${own}m`);
  const shown = (text: string) =>
    text
      .split(painted)
      .map((part, at) => (at % 2 === 0 ? printable(part) : `\u001b[${part}m`))
      .join('');
  const streams = { line: out, note: err };
  const block: Terminal['block'] = (to, text) => {
    streams[to].write(`${text.split('\n').map(shown).join('\n')}\n`);
  };
  return {
    line: (text = '') => {
      out.write(`${shown(text)}\n`);
    },
    note: (text) => {
      err.write(`${shown(text)}\n`);
    },
    block,
    paint: (colour, text) =>
      styleText(colour, printable(text), { stream: out, validateStream: true }).replaceAll(
        /\p{Cc}\[(\d+)m/gu,
        `\u001b[$1;${own}m`,
      ),
    // Line ends within its texts are escaped already.
    json: (value) => block('line', JSON.stringify(value, null, 2)),
    drained: async () => {
      if (out.writableNeedDrain) await once(out, 'drain');
    },
  };
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
