// Starts mortal-server.ts and tells how it ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { CrashPoint } from '../../src/domain/signing/index.ts';
import { type ApiClient, apiClient } from './api-client.ts';
import { TEST_CREDENTIALS } from './start-server.ts';

export interface MortalServer {
  readonly client: ApiClient;
  readonly url: string;
  /** Resolves with the signal that ended it, or null. */
  readonly ended: Promise<NodeJS.Signals | null>;
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

/** Resolves when it listens; rejects with what it wrote when it ends before. */
export async function startMortalServer(
  dataDir: string,
  crashPoint: CrashPoint | 'none' = 'none',
): Promise<MortalServer> {
  const script = join(import.meta.dirname, 'mortal-server.ts');
  const child = spawn(process.execPath, [script, dataDir, crashPoint], { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4000);
  });
  const ended = once(child, 'exit').then(([, signal]) => signal as NodeJS.Signals | null);
  const port = await new Promise<number>((resolve, reject) => {
    void ended.then((signal) =>
      reject(new Error(`the server ended (${signal}) before it listened: ${errors}`)),
    );
    createInterface({ input: child.stdout }).on('line', (line) => {
      const listening = /^listening (\d+)$/.exec(line);
      if (listening !== null) resolve(Number(listening[1]));
    });
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    client: apiClient({ url, credentials: TEST_CREDENTIALS, region: 'us-east-1' }),
    url,
    ended,
    async kill(signal) {
      child.kill(signal);
      await ended;
    },
  };
}
