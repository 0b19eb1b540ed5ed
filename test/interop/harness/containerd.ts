/** A containerd of the test's own: own data, own socket, no plugin that wants a network; ended by its process id. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { nextDebian } from './clients.ts';
import { baseEnvironment, type Ran, run } from './process.ts';

export interface Containerd {
  /** Runs `ctr <args>` against the daemon. */
  readonly ctr: (...args: string[]) => Promise<Ran>;
  readonly stop: () => Promise<void>;
}

/** Needs root. `dir` gets everything that the daemon writes. */
export async function startContainerd(dir: string): Promise<Containerd> {
  mkdirSync(dir, { recursive: true });
  const socket = join(dir, 'containerd.sock');
  const settings = join(dir, 'config.toml');
  writeFileSync(
    settings,
    `version = 2
root = "${join(dir, 'root')}"
state = "${join(dir, 'state')}"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "${socket}"
[ttrpc]
address = "${socket}.ttrpc"
`,
  );
  const logFile = join(dir, 'containerd.log');
  const log = openSync(logFile, 'w');
  const child = spawn(nextDebian('containerd'), ['--config', settings], {
    env: { ...baseEnvironment(), HOME: dir },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const late = await Promise.race([ended, sleep(20_000, 'late', { ref: false })]);
    if (late === 'late') child.kill('SIGKILL');
    await ended;
  };
  const ctr = (...args: string[]): Promise<Ran> =>
    run(nextDebian('ctr'), ['--address', socket, ...args], { env: { HOME: dir } });

  const deadline = performance.now() + 30_000;
  while ((await ctr('version')).code !== 0) {
    if (child.exitCode !== null || performance.now() > deadline) {
      await stop();
      throw new Error(`containerd did not start:\n${readFileSync(logFile, 'utf8').slice(-4000)}`);
    }
    await sleep(100);
  }
  return { ctr, stop };
}
