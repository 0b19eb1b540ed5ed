import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { LineWriter } from './line-writer.ts';

async function openFile(t: TestContext, flags = 'w+') {
  const directory = mkdtempSync(join(tmpdir(), 'sealport-lines-'));
  const path = join(directory, 'lines');
  const file = await open(flags === 'w+' ? path : '/dev/full', flags);
  t.after(async () => {
    await file.close();
    rmSync(directory, { recursive: true });
  });
  return { file, text: () => readFileSync(path, 'utf8') };
}

test('lines of any length and script come one after the other, from where it began', async (t) => {
  const { file, text } = await openFile(t);
  const writer = new LineWriter();
  writer.begin(file, 0);
  writer.add('first');
  assert.equal(writer.end(), 6);
  const lines = [
    '',
    'a'.repeat(65_535),
    '漢'.repeat(30_000),
    'ü'.repeat(700),
    ...Array.from({ length: 500 }, (_, n) => 'x'.repeat(n)),
    'b'.repeat(1_000_000),
    'last',
  ];
  writer.begin(file, 6);
  for (const line of lines) writer.add(line);
  const end = writer.end();
  assert.equal(text(), `first\n${lines.join('\n')}\n`);
  assert.equal(end, Buffer.byteLength(text()));
});

test('what was not ended is forgotten', async (t) => {
  const { file, text } = await openFile(t);
  const writer = new LineWriter();
  writer.begin(file, 0);
  writer.add('given up');
  writer.begin(file, 0);
  writer.add('kept');
  writer.end();
  assert.equal(text(), 'kept\n');
});

test('a full disk says so', async (t) => {
  const { file } = await openFile(t, 'w');
  const writer = new LineWriter();
  writer.begin(file, 0);
  writer.add('line');
  assert.throws(() => writer.end(), { code: 'ENOSPC' });
});
