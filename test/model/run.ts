// The storage model: several clients do random work on their repositories while garbage is collected, uploads expire,
// the clock runs and the process is killed. From time to time everything stands still: all that was acknowledged is
// read, and after the grace period and a collection nothing may be left that nobody uses. The sequence of work comes
// from the seed; how it interleaves is up to the machine.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CollectionPoint } from '../../src/domain/registry/index.ts';
import { makeModelClient } from './client.ts';
import { type Chance, makeChance, makeContents } from './contents.ts';
import { leftovers } from './leftovers.ts';
import { ModelRepository } from './repository.ts';
import { DownError, ServerProcess } from './server-process.ts';

const REPOSITORIES = 6;
const GRACE_MS = 3_600_000;
const DAY_MS = 24 * 3_600_000;
const POINTS: readonly CollectionPoint[] = [
  'collect:before-commit',
  'collect:rows-deleted',
  'collect:file-deleted',
];

export interface ModelRun {
  readonly seed: number;
  readonly steps: number;
  readonly kills: number;
  readonly collections: number;
  /** Blobs and files that the collections removed. */
  readonly collected: number;
  readonly checkpoints: number;
}

/** Runs for `durationMs` and then to a last checkpoint. Throws at the first violation, naming the seed. */
export async function runModel(options: {
  readonly seed: number;
  readonly durationMs: number;
  /** Steps between two checkpoints. */
  readonly stepsToCheckpoint: number;
  readonly onCheckpoint?: (soFar: ModelRun) => void;
}): Promise<ModelRun> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sealport-model-'));
  const server = new ServerProcess(dataDir, GRACE_MS);
  const model = makeModel(server, dataDir, options);
  try {
    await server.start();
    return await model.run();
  } catch (error) {
    throw new Error(`seed ${options.seed}, step ${model.soFar().steps}: ${String(error)}`, { cause: error });
  } finally {
    await server.stop();
    model.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

function makeModel(server: ServerProcess, dataDir: string, options: Parameters<typeof runModel>[0]) {
  const { seed, durationMs, stepsToCheckpoint } = options;
  const chance = makeChance(seed);
  const contents = makeContents(seed);
  const names = Array.from({ length: REPOSITORIES }, (_, n) => `model/r${n}`);
  const clients = names.map(() => makeModelClient(server));
  const repositories = names.map((name, n) => {
    const client = clients[n];
    assert.ok(client !== undefined);
    const others = names.filter((other) => other !== name);
    return new ModelRepository({
      name,
      others,
      server,
      client,
      contents,
      chance: chance.fork(name),
      graceMs: GRACE_MS,
    });
  });
  const counts = { steps: 0, kills: 0, collections: 0, collected: 0, checkpoints: 0 };
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {});
  server.onUnexpectedEnd = (error) => failure.reject(error);
  /** Set while everybody is to stand still. */
  let standstill: PromiseWithResolvers<void> | undefined;
  let idle = 0;
  const over = new AbortController();
  const running = new Set<Promise<void>>();

  async function persist(work: () => Promise<void>, recover: () => Promise<void>): Promise<void> {
    let next = work;
    for (;;) {
      try {
        await next();
        return;
      } catch (error) {
        if (!(error instanceof DownError)) throw error;
        await server.up();
        next = recover;
      }
    }
  }

  async function worker(repository: ModelRepository): Promise<void> {
    while (!over.signal.aborted) {
      if (standstill !== undefined) {
        idle += 1;
        await standstill.promise;
        idle -= 1;
        continue;
      }
      await persist(
        () => repository.work(),
        () => repository.recover(),
      );
      counts.steps += 1;
    }
  }

  async function collect(): Promise<void> {
    const collected = (await server.order({ kind: 'collect' })) as { blobs: number; strayFiles: number };
    counts.collections += 1;
    counts.collected += collected.blobs + collected.strayFiles;
  }

  /** Beside everything else. A kill may end it. */
  function inBackground(work: () => Promise<unknown>): void {
    const promise = (async () => {
      try {
        await work();
      } catch (error) {
        if (!(error instanceof DownError)) failure.reject(error);
      }
    })();
    running.add(promise);
    void promise.finally(() => running.delete(promise));
  }

  async function kill(): Promise<void> {
    counts.kills += 1;
    await server.restart();
  }

  async function dieCollecting(events: Chance): Promise<void> {
    server.expectDeath();
    const turns = 1 + events.below(5);
    await server.order({ kind: 'die at', point: events.one(POINTS), turns });
    await collect().catch((error: unknown) => {
      if (!(error instanceof DownError)) throw error;
    });
    // When there was too little to collect it lives still.
    await kill();
  }

  async function event(events: Chance): Promise<void> {
    const dice = events.below(100);
    if (dice < 40) inBackground(collect);
    else if (dice < 72) await server.advance(events.below(GRACE_MS / 3));
    else if (dice < 90) inBackground(() => server.order({ kind: 'expire' }));
    else if (dice < 95) await dieCollecting(events);
    else await kill();
  }

  async function checkpoint(): Promise<void> {
    standstill = Promise.withResolvers();
    while (idle < repositories.length) await sleep(5);
    while (running.size > 0) await Promise.all(running);
    for (const repository of repositories) await repository.verify();
    await server.advance(DAY_MS + 2 * GRACE_MS);
    for (let more = 1; more > 0; ) more = Number(await server.order({ kind: 'expire' }));
    await collect();
    const images = new Map(
      repositories.map(({ name, images: held }) => [name, new Set<string>(held.keys())]),
    );
    assert.deepEqual(leftovers(dataDir, images), []);
    for (const repository of repositories) await repository.verify();
    counts.checkpoints += 1;
    options.onCheckpoint?.({ seed, ...counts });
    standstill.resolve();
    standstill = undefined;
  }

  async function conduct(): Promise<void> {
    const events = chance.fork('events');
    const end = performance.now() + durationMs;
    let next = 0;
    let lastCheckpoint = 0;
    while (performance.now() < end) {
      if (counts.steps < next) {
        await sleep(2);
        continue;
      }
      next = counts.steps + 5 + events.below(40);
      await persist(
        () => event(events),
        async () => {},
      );
      if (counts.steps - lastCheckpoint < stepsToCheckpoint) continue;
      await checkpoint();
      lastCheckpoint = counts.steps;
    }
    await checkpoint();
    over.abort();
  }

  return {
    soFar: (): ModelRun => ({ seed, ...counts }),
    async run(): Promise<ModelRun> {
      for (const repository of repositories) await repository.create();
      const workers = repositories.map((repository) =>
        worker(repository).catch((error: unknown) => failure.reject(error)),
      );
      await Promise.race([conduct(), failure.promise]);
      await Promise.race([Promise.all(workers), failure.promise]);
      return { seed, ...counts };
    },
    close(): void {
      over.abort();
      standstill?.resolve();
      for (const client of clients) client.close();
    },
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
