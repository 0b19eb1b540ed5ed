// A server as users run it: `sealport serve` in a process of its own, on a free port of the loopback.
import type { ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CliOptions, type CliResult, ended, startCli } from './run-cli.ts';

export interface ServeProcess {
  readonly child: ChildProcess;
  readonly url: string;
  readonly port: number;
  /** Resolves when the process has ended. */
  readonly result: Promise<CliResult>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

/** Starts a server and waits until it is ready. Throws with its output when it ends before. */
export async function startServe(
  dataDir: string,
  options: Pick<CliOptions, 'env' | 'output'> & { readonly args?: readonly string[] } = {},
): Promise<ServeProcess> {
  const port = await freePort();
  const child = startCli(
    [
      'serve',
      '--port',
      String(port),
      '--data-dir',
      dataDir,
      '--log-format',
      'pretty',
      ...(options.args ?? []),
    ],
    options,
  );
  const result = ended(child);
  let over = false;
  child.once('close', () => {
    over = true;
  });
  const url = `http://localhost:${port}`;
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (over) {
      const { code, stdout, stderr } = await result;
      throw new Error(`serve ended with ${code}: ${stderr}${stdout}`);
    }
    const ready = await fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return { child, url, port, result };
    await sleep(50);
  }
  child.kill('SIGKILL');
  throw new Error('serve was not ready after 30 s');
}
