// Runs the command line as users do: a process of its own, with an environment that holds nothing else.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main.ts');

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Descriptors of this process in the place of pipes that the test reads. */
  readonly output?: { readonly stdout: number; readonly stderr: number };
}

/** Starts a command; for the ones that go on until they are told to end. */
export function startCli(args: readonly string[], options: CliOptions = {}): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...options.env },
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    stdio: ['ignore', options.output?.stdout ?? 'pipe', options.output?.stderr ?? 'pipe'],
  });
}

/** Runs a command to its end; after a minute it is killed and has no exit code. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const child = startCli(args, options);
  const killer = setTimeout(() => child.kill('SIGKILL'), 60_000);
  try {
    return await ended(child);
  } finally {
    clearTimeout(killer);
  }
}

/** What a started command printed and how it ended. */
export async function ended(child: ChildProcess): Promise<CliResult> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { code, stdout, stderr };
}
