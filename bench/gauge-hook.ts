// Loaded with `node --import` before the program: gauges its main thread from within. A stall is CPU time of that thread
// between two turns of a timer, so that neighbours on the machine do not count in it.
// Asked over the channel to the parent; a program that ends by itself leaves its figures in BENCH_GAUGE_FILE.
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/** What the process spent since the last `forget`. */
export interface Gauged {
  /** Milliseconds of CPU time, user and system, of all its threads. */
  readonly cpuMs: number;
  readonly longestStallMs: number;
  /** The most that was resident since the start, MiB. */
  readonly peakMiB: number;
}

export type GaugeQuestion = 'forget' | 'tell';

const TURN_MS = 10;

const sum = ({ user, system }: { readonly user: number; readonly system: number }) => (user + system) / 1000;

function gauge(): { readonly forget: () => void; readonly tell: () => Gauged } {
  const ownCpu = () => sum(process.threadCpuUsage());
  let since = sum(process.cpuUsage());
  let turn = ownCpu();
  let longest = 0;
  const look = () => {
    const now = ownCpu();
    longest = Math.max(longest, now - turn);
    turn = now;
  };
  setInterval(look, TURN_MS).unref();
  return {
    forget() {
      since = sum(process.cpuUsage());
      turn = ownCpu();
      longest = 0;
    },
    tell() {
      look();
      return {
        cpuMs: sum(process.cpuUsage()) - since,
        longestStallMs: longest,
        peakMiB: process.resourceUsage().maxRSS / 1024,
      };
    },
  };
}

if (isMainThread) {
  const { forget, tell } = gauge();
  process.on('message', (question: GaugeQuestion) => {
    if (question === 'forget') forget();
    process.send?.(tell());
  });
  process.channel?.unref();
  const file = process.env['BENCH_GAUGE_FILE'];
  if (file !== undefined) process.on('exit', () => writeFileSync(file, JSON.stringify(tell())));
}
