/** A Docker engine of the test's own: own data, own socket, no network set-up; ended by its process id. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clientPath } from './clients.ts';
import { baseEnvironment, ok, type Ran, run } from './process.ts';

export interface DockerEngine {
  /** Runs `docker <args>` against the engine, with logins of its own; `input` goes to stdin. */
  readonly docker: (args: readonly string[], input?: string) => Promise<string>;
  /** The same, whatever comes of it. */
  readonly ran: (args: readonly string[], input?: string) => Promise<Ran>;
  readonly stop: () => Promise<void>;
}

export interface DockerPrograms {
  /** Where the engine and the client are. */
  readonly dockerd: string;
  readonly docker: string;
  /** A folder whose containerd is used; the engine then keeps images in containerd's store. */
  readonly containerd?: string;
}

const classic = (): DockerPrograms => ({ dockerd: clientPath('dockerd'), docker: clientPath('docker') });

/** Needs root. `dir` gets everything that the engine writes. */
export async function startDockerEngine(dir: string, programs = classic()): Promise<DockerEngine> {
  const { dockerd, docker, containerd } = programs;
  mkdirSync(dir, { recursive: true });
  const settings = join(dir, 'daemon.json');
  writeFileSync(
    settings,
    JSON.stringify(containerd === undefined ? {} : { features: { 'containerd-snapshotter': true } }),
  );
  const socket = `unix://${join(dir, 'docker.sock')}`;
  const logFile = join(dir, 'dockerd.log');
  const log = openSync(logFile, 'w');
  const base = baseEnvironment();
  // No bridge and a store that copies: works inside a container. Registries on 127.0.0.0/8 are spoken to without TLS by default.
  const child = spawn(
    dockerd,
    [
      '--config-file',
      settings,
      '--iptables=false',
      '--ip6tables=false',
      '--bridge=none',
      `--storage-driver=${containerd === undefined ? 'vfs' : 'native'}`,
      '--data-root',
      join(dir, 'data'),
      '--exec-root',
      join(dir, 'exec'),
      '--pidfile',
      join(dir, 'dockerd.pid'),
      '-H',
      socket,
    ],
    {
      env: {
        ...base,
        HOME: dir,
        ...(containerd === undefined ? {} : { PATH: `${containerd}:${base['PATH'] ?? ''}` }),
      },
      stdio: ['ignore', log, log],
    },
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
  while ((await run(docker, ['version'], { env })).code !== 0) {
    if (child.exitCode !== null || performance.now() > deadline) {
      await stop();
      throw new Error(`the docker engine did not start:\n${readFileSync(logFile, 'utf8').slice(-4000)}`);
    }
    await sleep(200);
  }
  const withInput = (input: string | undefined) => ({
    env,
    timeout: 300_000,
    ...(input === undefined ? {} : { input }),
  });
  return {
    docker: (args, input) => ok(docker, args, withInput(input)),
    ran: (args, input) => run(docker, args, withInput(input)),
    stop,
  };
}
