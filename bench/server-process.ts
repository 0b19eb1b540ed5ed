// A server under test: a process of its own, as a user starts it, with what the kernel counts about it.
import { type ChildProcess, spawn } from 'node:child_process';
import { request } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ProcessTree, processTree } from './process-tree.ts';

export interface RunningProgram extends ProcessTree {
  readonly pid: number;
  /** With a channel to it when it was started with `preload`. */
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

export interface ServerProcess extends RunningProgram {
  readonly port: number;
  readonly url: string;
  readonly dataDir: string;
  /** Milliseconds from the start of the process to the first answer. */
  readonly startMs: number;
}

/** Files of a certificate for localhost and its key, PEM. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

export function freePort(): Promise<number> {
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

function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    // The certificate is one that we made a moment ago.
    const send = url.startsWith('https:') ? tlsRequest : request;
    send(url, { rejectUnauthorized: false, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on('error', () => resolve(undefined))
      .end();
  });
}

/** What a program said last is told when it ends before its time. */
const KEPT_OUTPUT = 4096;

/** Starts a program and waits until `url` answers with 200. */
export async function startProgram(
  command: string,
  args: readonly string[],
  url: string,
  env: Readonly<Record<string, string>> = {},
  channel: 'ipc' | 'ignore' = 'ignore',
): Promise<RunningProgram & { readonly startMs: number }> {
  const started = performance.now();
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', 'pipe', channel],
    env: { ...process.env, ...env },
  });
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-KEPT_OUTPUT);
  });
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  const ready = async () => {
    for (let waited = 0; (await statusOf(url)) !== 200; waited += 1) {
      if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}\n${output}`);
      if (waited > 5000) throw new Error(`${command} did not become ready`);
      await sleep(2);
    }
  };
  await Promise.race([failed, ready()]);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} has no process`);
  return {
    ...processTree(pid),
    pid,
    child,
    startMs: performance.now() - started,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** The program as it is published; `npm run bench` builds it first. */
export const PROGRAM = join(import.meta.dirname, '..', 'dist', 'main.js');

/** Starts `sealport serve` on a free port and waits until it is ready. `preload`: a module that Node loads before it. */
export async function startServerProcess(
  dataDir: string,
  options: {
    readonly tls?: TlsFiles;
    readonly flags?: readonly string[];
    readonly preload?: string;
  } = {},
): Promise<ServerProcess> {
  const { tls, flags = [], preload } = options;
  const port = await freePort();
  const url = `${tls === undefined ? 'http' : 'https'}://localhost:${port}`;
  const place = ['--host', '127.0.0.1', '--port', String(port), '--data-dir', dataDir];
  const secure =
    tls === undefined
      ? []
      : ['--tls-cert', tls.cert, '--tls-key', tls.key, '--pki-url', `http://localhost:${port}`];
  const program = await startProgram(
    process.execPath,
    [
      ...(preload === undefined ? [] : ['--import', preload]),
      PROGRAM,
      'serve',
      ...place,
      ...secure,
      ...flags,
      '--log-level',
      'warn',
    ],
    `${url}/readyz`,
    {},
    preload === undefined ? 'ignore' : 'ipc',
  );
  return { ...program, port, url, dataDir };
}
