import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

/** Opening a pipe that nobody writes to is a call that the system never answers. */
async function ended(t: TestContext, held: boolean): Promise<{ code: unknown; signal: unknown }> {
  const directory = mkdtempSync(join(tmpdir(), 'sealport-held-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const pipe = join(directory, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const script = `
    import { open } from 'node:fs/promises';
    import { endWhenHeld } from ${JSON.stringify(new URL('held-end.ts', import.meta.url).href)};
    process.on('SIGTERM', () => {});
    if (${held}) void open(${JSON.stringify(pipe)}, 'r');
    process.exitCode = 7;
    endWhenHeld(300);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
  const late = setTimeout(() => child.kill('SIGKILL'), 20_000);
  const how = await new Promise<{ code: unknown; signal: unknown }>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  clearTimeout(late);
  return how;
}

test('a process that a call holds ends all the same', async (t) => {
  assert.deepEqual(await ended(t, true), { code: null, signal: 'SIGTERM' });
});

test('a process that nothing holds ends by itself, with its own exit code', async (t) => {
  assert.deepEqual(await ended(t, false), { code: 7, signal: null });
});
