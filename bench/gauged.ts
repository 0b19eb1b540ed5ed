// Programs that are gauged from within (gauge-hook.ts): a server that is asked between two pieces of work, a command that
// is looked at when it has ended.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Gauged, GaugeQuestion } from './gauge-hook.ts';
import { PROGRAM, type ServerProcess, startServerProcess } from './server-process.ts';

export const HOOK = join(import.meta.dirname, 'gauge-hook.ts');

export interface Cost {
  readonly cpuMs: number;
  readonly longestStallMs: number;
  /** The most that was resident meanwhile, MiB; what is mapped of the database is in it. */
  readonly peakMiB: number;
  /** Of it memory of its own (anonymous), looked at every 20 ms; undefined for a command. */
  readonly ownMiB?: number;
}

export interface GaugedServer extends ServerProcess {
  /** What `work` cost the server. */
  costOf(work: () => Promise<void>): Promise<Cost>;
}

const SAMPLE_MS = 20;

export async function startGaugedServer(dataDir: string): Promise<GaugedServer> {
  const server = await startServerProcess(dataDir, { preload: HOOK });
  const ask = async (question: GaugeQuestion): Promise<Gauged> => {
    const answer = once(server.child, 'message');
    server.child.send(question);
    const [gauged] = (await answer) as [Gauged];
    return gauged;
  };
  const ownMiB = () => {
    const text = readFileSync(`/proc/${server.pid}/status`, 'utf8');
    return Number(/^RssAnon:\s+(\d+) kB/m.exec(text)?.[1]) / 1024;
  };
  return {
    ...server,
    async costOf(work) {
      server.forgetPeak();
      let own = ownMiB();
      const timer = setInterval(() => {
        own = Math.max(own, ownMiB());
      }, SAMPLE_MS);
      try {
        await ask('forget');
        await work();
        const { cpuMs, longestStallMs } = await ask('tell');
        return { cpuMs, longestStallMs, peakMiB: server.peakMiB(), ownMiB: Math.max(own, ownMiB()) };
      } finally {
        clearInterval(timer);
      }
    },
  };
}

/** Runs a command of the program to its end. Throws when it fails. */
export async function costOfCommand(args: readonly string[], file: string): Promise<Cost> {
  const child = spawn(process.execPath, ['--import', HOOK, PROGRAM, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, BENCH_GAUGE_FILE: file },
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
  const gauged = JSON.parse(readFileSync(file, 'utf8')) as Gauged;
  rmSync(file);
  return gauged;
}
