import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { makeTerminal, pairs, table } from './terminal.ts';

test('a table aligns its columns, coloured cells too, and leaves no blanks at line ends', () => {
  assert.deepEqual(
    table(
      ['STATUS', 'PROFILE'],
      [
        ['\u001b[32mCOMPLETE\u001b[39m', 'a'],
        ['FAILED', ''],
      ],
    ),
    ['STATUS    PROFILE', '\u001b[32mCOMPLETE\u001b[39m  a', 'FAILED'],
  );
});

test('pairs align their values', () => {
  assert.deepEqual(
    pairs([
      ['a', '1'],
      ['long', '2'],
    ]),
    ['a     1', 'long  2'],
  );
});

/** A stream like a terminal that takes colours, and what was written to it. */
function stream(colours: boolean) {
  const written: string[] = [];
  const made = Object.assign(new PassThrough(), { isTTY: colours, getColorDepth: () => (colours ? 8 : 1) });
  made.on('data', (bytes: Buffer) => written.push(bytes.toString('utf8')));
  return { made: made as unknown as NodeJS.WriteStream, text: () => written.join('') };
}

const HOSTILE = 'a\u001b[2J\u001b[31mred\u001b[0m\r\nb\u202ec\u0085\u200b';
const SHOWN = 'a\\u001b[2J\\u001b[31mred\\u001b[0m\\u000d\\u000ab\\u202ec\\u0085\\u200b';

test('foreign text cannot drive the terminal by any way out; our own colours get through', () => {
  for (const colours of [true, false]) {
    const [out, err] = [stream(colours), stream(colours)];
    const terminal = makeTerminal(out.made, err.made);
    terminal.line(HOSTILE);
    terminal.line(terminal.paint('red', HOSTILE));
    for (const line of table(['A', 'B'], [[terminal.paint('green', 'ok'), HOSTILE]])) terminal.line(line);
    terminal.block('line', `one\n${HOSTILE.replace('\n', '')}`);
    terminal.note(HOSTILE);
    const [on, off, green] = colours ? ['\u001b[31m', '\u001b[39m', '\u001b[32m'] : ['', '', ''];
    assert.equal(
      out.text(),
      [
        SHOWN,
        `${on}${SHOWN}${off}`,
        'A   B',
        `${green}ok${off}  ${SHOWN}`,
        'one',
        SHOWN.replace('\\u000a', ''),
        '',
      ].join('\n'),
    );
    assert.equal(err.text(), `${SHOWN}\n`);
  }
});

test('JSON for machines holds the same values and nothing that drives a terminal', () => {
  const out = stream(true);
  const value = { [HOSTILE]: [HOSTILE, 1, null] };
  makeTerminal(out.made, out.made).json(value);
  assert.deepEqual(JSON.parse(out.text()), value);
  assert.doesNotMatch(out.text().replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u);
});
