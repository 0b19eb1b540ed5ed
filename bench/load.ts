// A load client that costs little: raw keep-alive sockets, requests made beforehand, one in flight each.
import { connect } from 'node:net';

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Answers that were not 2xx. */
  readonly failures: number;
  /** Milliseconds, sorted. */
  readonly latencies: Float64Array;
}

const HEADER_END = Buffer.from('\r\n\r\n');

/** Length of the first whole answer in `data` (with its status), or undefined when there is more to come. */
function wholeAnswer(data: Buffer): { length: number; status: number } | undefined {
  const end = data.indexOf(HEADER_END);
  if (end < 0) return undefined;
  const head = data.toString('latin1', 0, end).toLowerCase();
  const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1];
  if (length === undefined) throw new Error(`answer without a length: ${head.slice(0, 200)}`);
  const total = end + 4 + Number(length);
  return data.length >= total ? { length: total, status: Number(head.slice(9, 12)) } : undefined;
}

/** Sends `requests` in turn over `connections` sockets for `seconds`; every request is a whole HTTP message. */
export async function load(options: {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  readonly requests: readonly Buffer[];
}): Promise<LoadResult> {
  const latencies: number[] = [];
  let failures = 0;
  let next = 0;
  const started = performance.now();
  const until = started + options.seconds * 1000;
  const one = () =>
    new Promise<void>((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: options.port, noDelay: true });
      let pending: Buffer = Buffer.alloc(0);
      let sentAt = 0;
      const send = () => {
        const request = options.requests[next++ % options.requests.length];
        if (request === undefined) throw new Error('no requests');
        sentAt = performance.now();
        socket.write(request);
      };
      socket.on('connect', send);
      socket.on('error', reject);
      socket.on('close', () => resolve());
      socket.on('data', (chunk: Buffer) => {
        pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
        const answer = wholeAnswer(pending);
        if (answer === undefined) return;
        pending = pending.subarray(answer.length);
        const now = performance.now();
        latencies.push(now - sentAt);
        if (answer.status < 200 || answer.status > 299) failures += 1;
        if (now < until) send();
        else socket.destroy();
      });
    });
  await Promise.all(Array.from({ length: options.connections }, one));
  const seconds = (performance.now() - started) / 1000;
  return {
    requests: latencies.length,
    seconds,
    failures,
    latencies: Float64Array.from(latencies).sort(),
  };
}

/** The `p`-th percentile (0 to 100) of sorted values. */
export function percentile(sorted: ArrayLike<number>, p: number): number {
  const index = Math.min(sorted.length - 1, Math.max(0, Math.ceil((p / 100) * sorted.length) - 1));
  return sorted[index] ?? Number.NaN;
}
