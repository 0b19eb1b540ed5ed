// docs/config.md holds the table of options between two markers; it is the schema's, word for word.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { OPTION_KEYS, OPTIONS, type OptionDefinition } from './schema.ts';

const BEGIN = '<!-- options: begin -->';
const END = '<!-- options: end -->';

function optionsTable(): string {
  const rows = OPTION_KEYS.map((key): OptionDefinition => OPTIONS[key]).map(
    ({ flag, env, placeholder, doc, defaultDoc }) =>
      `| ${flag === undefined ? '–' : `\`--${flag} ${placeholder}\``} | \`${env}\` | ${defaultDoc.replaceAll('<', '\\<')} | ${doc} |`,
  );
  return ['| flag | environment | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

test('docs/config.md tells of every option what the schema tells', () => {
  const text = readFileSync(new URL('../../docs/config.md', import.meta.url), 'utf8');
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  assert.ok(begin >= 0 && end > begin, 'the markers are there');
  assert.equal(text.slice(begin + BEGIN.length, end).trim(), optionsTable());
});
