/**
 * Runs client programs for the interoperability tests. A program gets exactly the environment that it is given, so
 * that no configuration of the person who runs the tests leaks in; a failure is told with command and output.
 */
import { spawn } from 'node:child_process';

export interface RunOptions {
  /** Added to a minimal environment (PATH, LANG, TMPDIR). */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Text for stdin, which is closed after it; without it stdin is empty. */
  readonly input?: string;
  /** Milliseconds until the program is killed; default two minutes. */
  readonly timeout?: number;
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;

/** The environment that every client starts from. */
export function baseEnvironment(): Record<string, string> {
  return { PATH: path, LANG: 'C.UTF-8', TMPDIR: process.env['TMPDIR'] ?? '/tmp' };
}

/** Runs to the end, whatever the exit code. Throws only if the program cannot be started. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...baseEnvironment(), ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    const timer = setTimeout(() => child.kill('SIGKILL'), options.timeout ?? 120_000);
    child.stdout.on('data', (part: Buffer) => stdout.push(part));
    child.stderr.on('data', (part: Buffer) => stderr.push(part));
    // A program that never reads its input closes the pipe; its exit code tells the story.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const killed = signal === null ? '' : `\nkilled by ${signal}`;
      resolve({
        code: code ?? 1,
        stdout: Buffer.concat(stdout).toString('utf8'),
        stderr: Buffer.concat(stderr).toString('utf8') + killed,
      });
    });
  });
}

/** Runs and expects exit code 0; gives stdout without the white space around it. */
export async function ok(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const ran = await run(command, args, options);
  if (ran.code !== 0) {
    throw new Error(
      `${command} ${args.join(' ')} ended with ${ran.code}\nstdout: ${ran.stdout.trim()}\nstderr: ${ran.stderr.trim()}`,
    );
  }
  return ran.stdout.trim();
}

/** Runs and expects a failure; gives all output, so that a test can look for the reason. */
export async function fails(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const ran = await run(command, args, options);
  if (ran.code === 0) throw new Error(`${command} ${args.join(' ')} succeeded:\n${ran.stdout.trim()}`);
  return `${ran.stdout}\n${ran.stderr}`;
}
