// A log that cannot be written: the server answers all the same, counts what is lost, says so when it can, and ends when it
// is told to. Real processes, with a full device, pipes that nobody reads and pipes whose reader is gone.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ServeProcess, startServe } from '../helpers/serve-process.ts';

const scratch = mkdtempSync(join(tmpdir(), 'sealport-log-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

let made = 0;
function newPlace(): string {
  made += 1;
  return join(scratch, String(made));
}

/** Both ends of a pipe that has room for 64 KiB; nobody reads before the test does. */
function unreadPipe(): { readonly writer: number; readonly reader: number; readonly path: string } {
  const path = newPlace();
  execFileSync('mkfifo', [path]);
  // oxlint-disable-next-line no-bitwise -- flags of open(2)
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return { path, reader, writer: openSync(path, 'w') };
}

/** What is in the pipe now. */
function readWhatIsThere(reader: number): string {
  const parts: Buffer[] = [];
  const part = Buffer.alloc(64 * 1024);
  for (;;) {
    try {
      const bytes = readSync(reader, part);
      if (bytes === 0) break;
      parts.push(Buffer.from(part.subarray(0, bytes)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') break;
      throw error;
    }
  }
  return Buffer.concat(parts).toString();
}

async function linesLost(server: ServeProcess): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(/^sealport_log_lines_lost_total (\d+)$/m.exec(text)?.[1]);
}

/** Asks for `/healthz` until lines are lost (the log has one of each); resolves with how many were. */
async function floodUntilLost(server: ServeProcess, least = 100): Promise<number> {
  for (let round = 0; round < 400; round += 1) {
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        const answer = await fetch(`${server.url}/healthz?${'x'.repeat(10)}`, { signal: AbortSignal.timeout(5000) });
        assert.equal(answer.status, 200);
      }),
    );
    if (round % 10 !== 9) continue;
    const lost = await linesLost(server);
    if (lost >= least) return lost;
  }
  return linesLost(server);
}

/** The exit code, or the signal, of a process that is told to end; fails when it does not within ten seconds. */
async function toldToEnd({ child, result }: ServeProcess): Promise<number | NodeJS.Signals | null> {
  const killer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  child.kill('SIGTERM');
  await result;
  clearTimeout(killer);
  return child.exitCode ?? child.signalCode;
}

for (const format of ['json', 'pretty'])
  describe(`with a log of format ${format}`, () => {
    const args = ['--log-format', format];

    test('a full device loses lines, counts them, and keeps nobody from an answer or the end', async () => {
      const full = openSync('/dev/full', 'w');
      const server = await startServe(newPlace(), { args, output: { stdout: full, stderr: full } });
      closeSync(full);
      const lost = await floodUntilLost(server);
      assert.ok(lost >= 100, `${lost} lines lost`);
      assert.equal(await toldToEnd(server), 0);
    });

    test('a pipe that nobody reads does as well, and has the gap named when somebody does', async () => {
      const pipe = unreadPipe();
      const server = await startServe(newPlace(), {
        args,
        output: { stdout: pipe.writer, stderr: pipe.writer },
      });
      closeSync(pipe.writer);
      const lost = await floodUntilLost(server);
      assert.ok(lost >= 100, `${lost} lines lost`);
      let text = '';
      for (let attempt = 0; attempt < 200 && !text.includes('were lost'); attempt += 1) {
        text += readWhatIsThere(pipe.reader);
        await sleep(20);
      }
      const lines = text.trim().split('\n');
      if (format === 'json') {
        const gaps = lines
          .map((line) => JSON.parse(line) as { lostLines?: number; since?: string })
          .filter(({ lostLines }) => lostLines !== undefined);
        assert.equal(gaps.length, 1);
        assert.ok(Math.abs(Number(gaps[0]?.lostLines) - lost) <= 1, `${gaps[0]?.lostLines} of ${lost}`);
        assert.ok(Date.parse(gaps[0]?.since ?? '') <= Date.now());
      } else assert.match(text, /lostLines: \d+/);
      // It goes on after the gap.
      await fetch(`${server.url}/healthz`);
      await sleep(300);
      assert.match(readWhatIsThere(pipe.reader), /Healthz/);
      assert.equal(await toldToEnd(server), 0);
      closeSync(pipe.reader);
    });

    test('nobody who reads the pipe any more does not end the server either, and a new reader gets whole lines', async () => {
      const pipe = unreadPipe();
      const server = await startServe(newPlace(), {
        args,
        output: { stdout: pipe.writer, stderr: pipe.writer },
      });
      closeSync(pipe.writer);
      closeSync(pipe.reader);
      assert.ok((await floodUntilLost(server)) >= 100);
      // oxlint-disable-next-line no-bitwise -- flags of open(2)
      const reader = openSync(pipe.path, constants.O_RDONLY | constants.O_NONBLOCK);
      let text = '';
      for (let attempt = 0; attempt < 200 && !text.includes('were lost'); attempt += 1) {
        text += readWhatIsThere(reader);
        await sleep(20);
      }
      assert.match(text, /EPIPE/);
      if (format === 'json') for (const line of text.trim().split('\n')) if (line !== '') JSON.parse(line);
      assert.equal(await toldToEnd(server), 0);
      closeSync(reader);
    });
  });

test('a blocked pipe does not stop a server with read threads', async () => {
  const pipe = unreadPipe();
  const server = await startServe(newPlace(), {
    args: ['--log-format', 'json', '--read-threads', '1'],
    output: { stdout: pipe.writer, stderr: pipe.writer },
  });
  closeSync(pipe.writer);
  assert.ok((await floodUntilLost(server)) >= 100);
  for (let request = 0; request < 50; request += 1)
    assert.equal((await fetch(`${server.url}/v2/a/manifests/b`)).status, 401);
  assert.equal(await toldToEnd(server), 0);
  closeSync(pipe.reader);
});
