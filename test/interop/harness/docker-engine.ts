/** A Docker engine of the test's own: own data, own socket, no network set-up; ended by its process id. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clientPath } from './clients.ts';
import { baseEnvironment, fails, ok, run } from './process.ts';

export interface DockerEngine {
  /** Runs `docker <args>` against the engine, with logins of its own; `input` goes to stdin. */
  readonly docker: (args: readonly string[], input?: string) => Promise<string>;
  /** The same for a command that must fail; gives what it said. */
  readonly refused: (args: readonly string[]) => Promise<string>;
  readonly stop: () => Promise<void>;
}

/** Needs root. `dir` gets everything that the engine writes. */
export async function startDockerEngine(dir: string): Promise<DockerEngine> {
  const engine = clientPath('dockerd');
  const client = clientPath('docker');
  mkdirSync(dir, { recursive: true });
  const socket = `unix://${join(dir, 'docker.sock')}`;
  const logFile = join(dir, 'dockerd.log');
  const log = openSync(logFile, 'w');
  // vfs and no bridge: works inside a container. Registries on 127.0.0.0/8 are spoken to without TLS by default.
  const child = spawn(
    engine,
    [
      '--iptables=false',
      '--ip6tables=false',
      '--bridge=none',
      '--storage-driver=vfs',
      '--data-root',
      join(dir, 'data'),
      '--exec-root',
      join(dir, 'exec'),
      '--pidfile',
      join(dir, 'dockerd.pid'),
      '-H',
      socket,
    ],
    { env: { ...baseEnvironment(), HOME: dir }, stdio: ['ignore', log, log] },
  );
  closeSync(log);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const env = { HOME: dir, DOCKER_HOST: socket, DOCKER_CONFIG: join(dir, 'config'), DOCKER_BUILDKIT: '0' };

  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    if ((await Promise.race([ended, sleep(20_000, 'late', { ref: false })])) === 'late')
      child.kill('SIGKILL');
    await ended;
  };

  const deadline = performance.now() + 60_000;
  while ((await run(client, ['version'], { env })).code !== 0) {
    if (child.exitCode !== null || performance.now() > deadline) {
      await stop();
      throw new Error(`the docker engine did not start:\n${readFileSync(logFile, 'utf8').slice(-4000)}`);
    }
    await sleep(200);
  }
  return {
    docker: (args, input) =>
      ok(client, args, { env, timeout: 300_000, ...(input === undefined ? {} : { input }) }),
    refused: (args) => fails(client, args, { env }),
    stop,
  };
}
