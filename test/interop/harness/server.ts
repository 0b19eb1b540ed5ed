/** A sealport server as its own process, as a user starts it, on a port and in a directory of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { baseEnvironment, ok } from './process.ts';

const mainFile = join(import.meta.dirname, '..', '..', '..', 'src', 'main.ts');

export interface ServerOptions {
  /** Kept when the server stops; a second server may go on in it. */
  readonly dataDir: string;
  /** Lets the server live this many days in the past (with Debian's faketime). */
  readonly daysAgo?: number;
  readonly flags?: readonly string[];
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface RunningServer {
  /** `http://localhost:<port>` */
  readonly url: string;
  /** `localhost:<port>`, the registry's name in image references. */
  readonly host: string;
  readonly dataDir: string;
  readonly credentials: Credentials;
  /** Runs `sealport <args> --endpoint <url> --data-dir <dir>` and gives its stdout. */
  readonly sealport: (...args: string[]) => Promise<string>;
  /** Ends it with SIGTERM and expects exit code 0. */
  readonly stop: () => Promise<void>;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      if (address === null || typeof address === 'string') throw new Error('no port was given');
      probe.close(() => resolve(address.port));
    });
  });
}

/** The key pair that the server made at its first start: AWS shared-credentials format, profile sealport. */
export function readCredentials(dataDir: string): Credentials {
  const text = readFileSync(join(dataDir, 'credentials'), 'utf8');
  const section = /^\[sealport\]\n([^[]*)/m.exec(text)?.[1] ?? '';
  const value = (key: string): string => {
    const found = new RegExp(`^${key}\\s*=\\s*(\\S+)$`, 'm').exec(section)?.[1];
    if (found === undefined)
      throw new Error(`${key} is not in the profile sealport of ${dataDir}/credentials`);
    return found;
  };
  return { accessKeyId: value('aws_access_key_id'), secretAccessKey: value('aws_secret_access_key') };
}

/** Environment that moves the calendar of a program back. Timers run on the monotonic clock, which stays as it is. */
function inThePast(days: number): Record<string, string> {
  if (days === 0) return {};
  const folder = '/usr/lib';
  const library = globSync('*/faketime/libfaketime.so.1', { cwd: folder })[0];
  if (library === undefined)
    throw new Error('libfaketime is not installed; run test/interop/install-clients.sh notation');
  return { LD_PRELOAD: join(folder, library), FAKETIME: `-${days}d`, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
}

async function untilReady(url: string, child: ChildProcess, log: () => string): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`the server ended with ${child.exitCode ?? child.signalCode}:\n${log()}`);
    }
    const ready = await fetch(`${url}/readyz`).then(
      (answer) => answer.status === 200,
      () => false, // not listening yet
    );
    if (ready) return;
    await sleep(50);
  }
  child.kill('SIGKILL');
  throw new Error(`the server was not ready after 30 s:\n${log()}`);
}

/** Starts a server and waits until /readyz answers 200. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { dataDir, daysAgo = 0, flags = [] } = options;
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const serve = ['serve', '--host', '127.0.0.1', '--port', String(port), '--data-dir', dataDir, ...flags];
  const child = spawn(process.execPath, [mainFile, ...serve], {
    env: { ...baseEnvironment(), SEALPORT_LOG_FORMAT: 'json', ...inThePast(daysAgo) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // A test that dies must not leave its server behind.
  process.once('exit', () => child.kill('SIGKILL'));
  let log = '';
  const keep = (part: Buffer): void => {
    log = (log + part.toString('utf8')).slice(-20_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  await untilReady(url, child, () => log);

  return {
    url,
    host: `localhost:${port}`,
    dataDir,
    credentials: readCredentials(dataDir),
    sealport: (...words) =>
      ok(process.execPath, [mainFile, ...words, '--endpoint', url, '--data-dir', dataDir]),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`the server had ended by itself:\n${log}`);
      }
      const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
      child.kill('SIGTERM');
      const code = await Promise.race([ended, sleep(20_000, 'late', { ref: false })]);
      if (code === 0) return;
      child.kill('SIGKILL');
      throw new Error(`the server ended with ${code} after SIGTERM:\n${log}`);
    },
  };
}
