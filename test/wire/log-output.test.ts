// A log that cannot be written: the server answers all the same, counts what is lost, says so when it can, and ends when it
// is told to. Real processes, with a full device, pipes that nobody reads and pipes whose reader is gone.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { apiClient } from '../helpers/api-client.ts';
import { type ServeProcess, startServe } from '../helpers/serve-process.ts';
import { TEST_CREDENTIALS } from '../helpers/start-server.ts';

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

/** Every line but the notes for people on standard error; throws when one is not whole. */
function jsonLines(text: string): readonly unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('sealport:'))
    .map((line): unknown => JSON.parse(line));
}

async function linesLost(server: ServeProcess): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(/^sealport_log_lines_lost_total (\d+)$/m.exec(text)?.[1]);
}

/** Makes long lines of the log, more than are kept for it; resolves with how many were lost. */
async function floodUntilLost(server: ServeProcess, least = 100): Promise<number> {
  const client = apiClient({ url: server.url, credentials: TEST_CREDENTIALS, region: 'us-east-1' });
  const { body } = await client.ecr('GetAuthorizationToken', {});
  const [data] = (body as { authorizationData: { authorizationToken: string }[] }).authorizationData;
  const init = { headers: { authorization: `Basic ${data?.authorizationToken}` } };
  const url = `${server.url}/v2/${'x/'.repeat(120)}y/tags/list`;
  for (let round = 0; round < 100; round += 1) {
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(10_000) });
        assert.equal(answer.status, 404);
        await answer.arrayBuffer();
      }),
    );
    const lost = await linesLost(server);
    if (lost >= least) return lost;
  }
  return linesLost(server);
}

/** A server whose output goes nowhere good; it is killed when the test fails before it has ended. */
async function serve(t: TestContext, args: readonly string[], output: number): Promise<ServeProcess> {
  const server = await startServe(newPlace(), {
    args,
    env: ROOT,
    output: { stdout: output, stderr: output },
  });
  closeSync(output);
  t.after(() => server.child.kill('SIGKILL'));
  return server;
}

const ROOT = {
  SEALPORT_ROOT_ACCESS_KEY_ID: TEST_CREDENTIALS.accessKeyId,
  SEALPORT_ROOT_SECRET_ACCESS_KEY: TEST_CREDENTIALS.secretAccessKey,
};

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

    test('a full device loses lines, counts them, and keeps nobody from an answer or the end', async (t) => {
      const server = await serve(t, args, openSync('/dev/full', 'w'));
      const lost = await floodUntilLost(server);
      assert.ok(lost >= 100, `${lost} lines lost`);
      assert.equal(await toldToEnd(server), 0);
    });

    test('a pipe that nobody reads does as well, and has the gap named when somebody does', async (t) => {
      const pipe = unreadPipe();
      const server = await serve(t, args, pipe.writer);
      const lost = await floodUntilLost(server);
      assert.ok(lost >= 100, `${lost} lines lost`);
      let text = '';
      for (let attempt = 0; attempt < 200 && !text.includes('were lost'); attempt += 1) {
        text += readWhatIsThere(pipe.reader);
        await sleep(20);
      }
      if (format === 'json') {
        const gaps = jsonLines(text)
          .map((line) => line as { lostLines?: number; since?: string })
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

    test('nobody who reads the pipe any more does not end the server either, and a new reader gets whole lines', async (t) => {
      const pipe = unreadPipe();
      const server = await serve(t, args, pipe.writer);
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
      if (format === 'json') assert.ok(jsonLines(text).length > 100);
      assert.equal(await toldToEnd(server), 0);
      closeSync(reader);
    });
  });

test('a blocked pipe does not stop a server with read threads', async (t) => {
  const pipe = unreadPipe();
  const server = await serve(t, ['--log-format', 'json', '--read-threads', '1'], pipe.writer);
  assert.ok((await floodUntilLost(server)) >= 100);
  for (let request = 0; request < 50; request += 1)
    assert.equal((await fetch(`${server.url}/v2/a/manifests/b`)).status, 401);
  assert.equal(await toldToEnd(server), 0);
  closeSync(pipe.reader);
});
