// Many hostile calls to a real server, each made from the seed and its number. None may be answered with a 5xx or with
// a refusal larger than its bound, none may be left without an answer, and afterwards the server works as before.
import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { makeRawClient } from '../helpers/aws-request.ts';
import { openConnection, type RawConnection, type RawHttpAnswer } from '../helpers/raw-connection.ts';
import { assertBounded } from '../helpers/refusal-bound.ts';
import { startServer } from '../helpers/start-server.ts';
import { type Chance, makeChance } from '../model/contents.ts';
import { awsCall } from './aws-calls.ts';
import type { HostileCall, World } from './calls.ts';
import { ociCall, rawCall, smallCall } from './oci-calls.ts';
import { type HostileWorld, makeWorld } from './world.ts';

const AT_A_TIME = 4;
/** Calls between two looks whether the world is still there. */
const ROUND = 400;
/** A run with more is not looked at to the end. */
const MOST_VIOLATIONS = 20;
/** Bytes that the process may hold more at the end than after the first calls. */
const GROWTH_BYTES = 160 * 1024 * 1024;
/** Members of answers that later calls send back. */
const LEARNED = /"(uploadId|nextToken|jobId)":"([^"]{1,2000})"|<(Marker|AccessKeyId)>([^<]{1,2000})</g;

export interface HostileRun {
  readonly seed: number;
  readonly calls: number;
  /** Answers by status; `none` where a connection ended instead, which only what is not HTTP may see. */
  readonly statuses: Readonly<Record<string, number>>;
  /** The longest time that a call waited for its answer, ms. */
  readonly slowestMs: number;
  readonly slowest: string;
  /** Of heap and buffers after a collection, between the first calls and the last. */
  readonly grownBytes: number;
  readonly violations: readonly string[];
}

export function hostileCall(chance: Chance, world: World): HostileCall {
  const kind = chance.below(100);
  if (kind < 60) return awsCall(chance, world);
  if (kind < 92) return ociCall(chance, world);
  return kind < 96 ? smallCall(chance, world) : rawCall(chance, world);
}

/** `from`: the number of the first call, to look at a part of a longer run again. */
export async function runHostileCalls(options: {
  readonly seed: number;
  readonly calls: number;
  readonly from?: number;
  readonly onRound?: (soFar: HostileRun) => void;
}): Promise<HostileRun> {
  const { seed, calls, from = 0 } = options;
  const server = await startServer({ env: { SEALPORT_LOG_LEVEL: 'fatal' } });
  const client = makeRawClient({ url: `http://127.0.0.1:${server.port}`, credentials: server.credentials });
  const all = makeChance(seed);
  const statuses: Record<string, number> = {};
  const violations: string[] = [];
  const slowest = { ms: 0, title: '' };
  let done = 0;
  let heldBefore = 0;
  const soFar = (): HostileRun => ({
    seed,
    calls: done,
    statuses,
    slowestMs: Math.round(slowest.ms),
    slowest: slowest.title,
    grownBytes: heldBytes() - heldBefore,
    violations,
  });

  async function one(number: number, world: HostileWorld, line: Line): Promise<void> {
    const call = hostileCall(all.fork(String(number)), world);
    const began = performance.now();
    const label = `call ${number}: ${call.title}`;
    try {
      const answer = await line.send(call);
      const status = answer === undefined ? 'none' : String(answer.status);
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (answer !== undefined) check(call, answer);
      for (const [, json, jsonValue, xml, xmlValue] of (answer?.body ?? '').matchAll(LEARNED))
        world.learned.set((json ?? xml ?? '').toLowerCase(), jsonValue ?? xmlValue ?? '');
      const upload = answer?.headers['docker-upload-uuid'];
      if (upload !== undefined) world.learned.set('uploadid', upload);
    } catch (error) {
      violations.push(`${error instanceof Error ? error.message : String(error)} <- ${label}`);
    }
    const ms = performance.now() - began;
    if (ms > slowest.ms) Object.assign(slowest, { ms, title: label.slice(0, 300) });
    done += 1;
  }

  try {
    const world = await makeWorld(server, client);
    for (let first = from; first < from + calls; first += ROUND) {
      await world.prepare();
      let next = first;
      const end = Math.min(first + ROUND, from + calls);
      await Promise.all(
        Array.from({ length: AT_A_TIME }, async () => {
          const line = makeLine(server.port);
          while (next < end) await one(next++, world, line);
          line.close();
        }),
      );
      if (first === from) heldBefore = heldBytes();
      options.onRound?.(soFar());
      if (violations.length >= MOST_VIOLATIONS) break;
    }
    await world.prepare();
    const ready = await fetch(`http://127.0.0.1:${server.port}/readyz`);
    if (ready.status !== 200) violations.push(`not ready at the end: ${ready.status} ${await ready.text()}`);
    const run = soFar();
    if (run.grownBytes > GROWTH_BYTES) violations.push(`${run.grownBytes} bytes more are held at the end`);
    return run;
  } finally {
    client.close();
    await server.close();
  }
}

function check(call: HostileCall, { status, headers, body }: RawHttpAnswer): void {
  const shown = () => `${status} ${body.slice(0, 300)}`;
  assert.ok(status < 500 || status === 501 || status === 505, `a fault of ours: ${shown()}`);
  // The server counts a head by its names and values.
  assertBounded(call.bytes.length, { status, bodyBytes: Buffer.byteLength(body) }, shown);
  assert.equal(headers['x-content-type-options'], 'nosniff', `not said to be no page: ${shown()}`);
  assert.ok(
    !('x-injected' in headers) && !Object.keys(headers).some((name) => /[^!-~]/.test(name)),
    `injected: ${JSON.stringify(headers)}`,
  );
  if (status >= 400 && body !== '' && headers['content-type']?.includes('json')) JSON.parse(body);
}

/** Heap and buffers after a collection. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

interface Line {
  /** undefined: the connection ended without an answer. Rejects when one is due and does not come. */
  send(call: HostileCall): Promise<RawHttpAnswer | undefined>;
  close(): void;
}

/** A connection that is kept while the server keeps it. */
function makeLine(port: number): Line {
  let kept: RawConnection | undefined;
  const drop = () => {
    kept?.destroy();
    kept = undefined;
  };

  async function due(call: HostileCall, connection: RawConnection): Promise<RawHttpAnswer | undefined> {
    for (;;) {
      const answer = await connection.answer({ head: call.method === 'HEAD' });
      if (answer === undefined || answer.status >= 200) return answer;
    }
  }

  return {
    async send(call) {
      if (call.malformed === true || call.vanishes === true) drop();
      const connection = kept ?? (await openConnection(port));
      kept = connection;
      connection.write(call.bytes);
      try {
        if (call.vanishes === true) return undefined;
        // What is not a whole request ends here.
        if (call.malformed === true) connection.socket.end();
        const answer = await due(call, connection);
        if (answer === undefined && call.malformed !== true)
          throw new Error('the connection ended without an answer');
        if (call.malformed === true || answer?.headers['connection'] === 'close') drop();
        return answer;
      } catch (error) {
        drop();
        throw error;
      } finally {
        if (call.vanishes === true) drop();
      }
    },
    close: drop,
  };
}
