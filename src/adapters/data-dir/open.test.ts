import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDataDirectory } from './open.ts';

function temporaryDirectory(t: { after(fn: () => void): void }): string {
  const path = mkdtempSync(join(tmpdir(), 'sealport-data-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test('makes the directory readable by its owner only', (t) => {
  const path = join(temporaryDirectory(t), 'new');
  const directory = openDataDirectory(path);
  t.after(() => directory.release());
  assert.equal(statSync(path).mode & 0o777, 0o700);
});

test('refuses a directory that is in use and takes it once it is released', (t) => {
  const path = temporaryDirectory(t);
  const first = openDataDirectory(path);
  assert.throws(() => openDataDirectory(path), /in use by another sealport process/);
  first.release();
  openDataDirectory(path).release();
});

test('is free again after the process that held it was killed', async (t) => {
  const path = temporaryDirectory(t);
  const source = `
    const { openDataDirectory } = await import(${JSON.stringify(new URL('./open.ts', import.meta.url).href)});
    openDataDirectory(${JSON.stringify(path)});
    console.log('held');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source]);
  await once(child.stdout, 'data');
  assert.throws(() => openDataDirectory(path), /in use/);
  child.kill('SIGKILL');
  await once(child, 'exit');
  openDataDirectory(path).release();
});
