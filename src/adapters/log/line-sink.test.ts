import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeLineSink } from './line-sink.ts';
import { openOutput } from './output.ts';

const scratch = mkdtempSync(join(tmpdir(), 'sealport-sink-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

test('lines come to a file in their order, gathered, and all of them by the end', async () => {
  const path = join(scratch, 'file');
  const fd = openSync(path, 'a');
  const sink = makeLineSink({ output: openOutput(fd), gatherMs: 20 });
  const lines = Array.from({ length: 5000 }, (_, index) => `line ${index} ü\n`);
  sink.write(lines[0] ?? '');
  await sleep(100);
  assert.equal(readFileSync(path, 'utf8'), lines[0]);
  for (const line of lines.slice(1)) sink.write(line);
  assert.equal(await sink.end(5000), true);
  assert.equal(readFileSync(path, 'utf8'), lines.join(''));
  assert.equal(sink.lost(), 0);
  closeSync(fd);
});

test('what comes when too much waits is lost and counted, line by line', async () => {
  const fd = openSync('/dev/full', 'w');
  const gaps: number[] = [];
  const sink = makeLineSink({
    output: openOutput(fd),
    gatherMs: 1,
    waitingLength: 1000,
    onLost: ({ lines }) => gaps.push(lines),
  });
  for (let line = 0; line < 100; line += 1) sink.write('12345678\n12345678\n');
  assert.ok(sink.lost() >= 200 - 1000 / 9 && sink.lost() < 200, String(sink.lost()));
  assert.equal(await sink.end(50), false);
  assert.deepEqual(gaps, []);
  closeSync(fd);
});

/** A program whose output is a pipe that nobody reads, and which ends as `program` says. */
async function endsWith(program: string): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  const path = join(scratch, `pipe-${Math.random()}`);
  execFileSync('mkfifo', [path]);
  // oxlint-disable-next-line no-bitwise -- flags of open(2)
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, 'w');
  const folder = JSON.stringify(import.meta.dirname);
  const script = `
    import { join } from 'node:path';
    const { makeLineSink } = await import(join(${folder}, 'line-sink.ts'));
    const { fileOutput, openOutput } = await import(join(${folder}, 'output.ts'));
    process.on('SIGTERM', () => {});
    ${program}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', writer, 'inherit'],
  });
  closeSync(writer);
  const killer = setTimeout(() => child.kill('SIGKILL'), 20_000);
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  clearTimeout(killer);
  closeSync(reader);
  return { code, signal };
}

const flood = `for (let n = 0; n < 300; n += 1) sink.write('x'.repeat(999) + '\\n');`;

test('a write that the system never ends does not keep the process', async () => {
  const ended = await endsWith(`
    const sink = makeLineSink({ output: fileOutput(1), gatherMs: 1 });
    ${flood}
    if (await sink.end(1200)) throw new Error('all was written');
    process.exit(0);`);
  assert.deepEqual(ended, { code: null, signal: 'SIGTERM' });
});

test('a pipe without room keeps no process, whether it ends in order or not', async () => {
  for (const last of ['if (await sink.end(100)) throw new Error("all was written");', 'process.exit(0);'])
    assert.deepEqual(
      await endsWith(`const sink = makeLineSink({ output: openOutput(1), gatherMs: 1 }); ${flood} ${last}`),
      { code: 0, signal: null },
    );
});
