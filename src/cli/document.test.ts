// docs/cli.md has a section for every command, with every option that is the command's own.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Command } from 'commander';
import { OPTION_KEYS, OPTIONS, type OptionDefinition } from '../config/index.ts';
import { makeProgram } from './program.ts';
import { makeTerminal } from './terminal.ts';

const text = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
const [common = '', ...sections] = text.split(/^## sealport /m);

const program = makeProgram({
  terminal: makeTerminal(process.stdout, process.stderr),
  setExitCode: () => undefined,
});

function leaves(command: Command, path: readonly string[]): readonly (readonly [string, Command])[] {
  if (command.commands.length === 0) return [[path.join(' '), command]];
  return command.commands.flatMap((child) => leaves(child, [...path, child.name()]));
}

const configured = OPTION_KEYS.map((key): OptionDefinition => OPTIONS[key]).map(({ flag }) => `--${flag}`);
const commands = leaves(program, []);

test('the document has a section for each command and for nothing else', () => {
  assert.deepEqual(
    sections.map((section) => section.split('\n', 1)[0]),
    commands.map(([name]) => name),
  );
});

for (const [name, command] of commands)
  test(`the section of ${name} names its options`, () => {
    const section = sections.find((part) => part.startsWith(`${name}\n`)) ?? '';
    for (const { long } of command.options) {
      assert.ok(long !== undefined && long !== null);
      const shared = long === '--config' || common.includes(`\`${long} `);
      const fromSchema = section.includes('[config.md]') || section.includes('those of `serve`');
      if (shared || (fromSchema && configured.includes(long))) continue;
      assert.ok(section.includes(`\`${long}`), `${long} is not in the section of ${name}`);
    }
  });

test('every command shows an example in its help', () => {
  for (const [name, command] of commands) {
    let help = '';
    command.configureOutput({ writeOut: (part) => (help += part) }).outputHelp();
    assert.match(help, /Examples:\n {2}\$ /, name);
  }
});
