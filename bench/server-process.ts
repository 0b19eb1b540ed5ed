// The server under test: a process of its own, as a user starts it, with what the kernel counts about it.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ServerProcess {
  readonly port: number;
  readonly url: string;
  readonly dataDir: string;
  /** CPU seconds, user and system, of the process with all its threads. */
  cpuSeconds(): number;
  /** Peak resident memory, MiB. */
  peakMiB(): number;
  residentMiB(): number;
  stop(): Promise<void>;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('no port');
      server.close(() => resolve(address.port));
    });
  });
}

/** Starts `sealport serve` on a free port and waits until it is ready. */
export async function startServerProcess(dataDir: string): Promise<ServerProcess> {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const main = join(import.meta.dirname, '..', 'src', 'main.ts');
  const child: ChildProcess = spawn(
    process.execPath,
    [
      main,
      'serve',
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--data-dir',
      dataDir,
      '--log-level',
      'warn',
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  for (let waited = 0; ; waited += 1) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    const ready = await fetch(`${url}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready) break;
    if (waited > 3000) throw new Error('the server did not become ready');
    await sleep(10);
  }
  const status = (field: string) => {
    const text = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) / 1024;
  };
  return {
    port,
    url,
    dataDir,
    cpuSeconds() {
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) / 100;
    },
    peakMiB: () => status('VmHWM'),
    residentMiB: () => status('VmRSS'),
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}
