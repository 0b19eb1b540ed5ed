// The load: a raw client for bytes (sendfile, receive and forget), wrk for small answers. Both end with an error
// when an answer is not what it must be.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { clientPath } from '../test/interop/harness/clients.ts';
import { type Contender, REPOSITORY } from './contenders.ts';

const execute = promisify(execFile);

export interface Moved {
  readonly bytes: number;
  readonly seconds: number;
}

async function rawClient<T>(args: readonly string[]): Promise<T> {
  const { stdout } = await execute('python3', [join(import.meta.dirname, 'raw-client.py'), ...args], {
    timeout: 600_000,
  });
  return JSON.parse(stdout) as T;
}

/** Digest of a file's bytes, `repeat` times one after the other. */
export async function digestOfFile(file: string, repeat = 1): Promise<string> {
  return (await rawClient<{ digest: string }>(['digest', file, String(repeat)])).digest;
}

/** Pushes a file as a blob with POST, PATCH and PUT; plain HTTP. */
export function pushFile(to: Contender, file: string, digest: string, repeat = 1): Promise<Moved> {
  return rawClient([
    'push',
    '127.0.0.1',
    String(to.port),
    REPOSITORY,
    file,
    String(repeat),
    digest,
    ...to.headers,
  ]);
}

/** Pulls a path again and again over `connections` for `seconds`. */
export function pullFor(from: Contender, path: string, connections: number, seconds: number): Promise<Moved> {
  const kind = from.url.startsWith('https:') ? 'TLS' : 'PLAIN';
  const place = ['127.0.0.1', String(from.port), path, String(connections), String(seconds), kind];
  return rawClient(['pull', ...place, ...from.headers]);
}

export interface Answered {
  readonly requests: number;
  readonly seconds: number;
}

const UNITS: Readonly<Record<string, number>> = { us: 1e-6, ms: 1e-3, s: 1, m: 60 };

/** wrk with 2 threads and 32 connections; every answer must be 2xx. */
export async function wrk(
  on: Contender,
  path: string,
  seconds: number,
  headers: readonly string[],
): Promise<Answered> {
  const lines = [...headers, ...on.headers].flatMap((line) => ['-H', line]);
  const url = `${on.url.replace('localhost', '127.0.0.1')}${path}`;
  const { stdout } = await execute(clientPath('wrk'), ['-t2', '-c32', `-d${seconds}s`, ...lines, url]);
  const counted = /(\d+) requests in ([\d.]+)(us|ms|s|m),/.exec(stdout);
  if (counted === null || /Non-2xx|Socket errors/.test(stdout)) {
    throw new Error(`wrk on ${on.name} ${path}: not every answer was 2xx\n${stdout}`);
  }
  return {
    requests: Number(counted[1]),
    seconds: Number(counted[2]) * (UNITS[counted[3] ?? ''] ?? Number.NaN),
  };
}
