// Runs: one at a time, what gives way to what, and how each end is told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { isDomainError } from '../errors.ts';
import { makeRuns, type Run } from './runs.ts';

interface Options {
  readonly name: string;
  readonly givesWay?: true;
  /** What the work does until it ends; for ever, when nothing is said. */
  readonly work?: (signal: AbortSignal) => Promise<unknown>;
}

const forEver = (signal: AbortSignal) => setTimeout(1_000_000, undefined, { signal });
const conflict = (error: unknown) => isDomainError(error, 'Conflict');

function runs() {
  const events: string[] = [];
  const seen: Run<Options, number>[] = [];
  const made = makeRuns<Options, number>({
    clock: { now: () => 1 },
    observe: (run) => seen.push(run),
    nothing: 0,
    conflict: 'busy',
    givesWay: ({ givesWay }) => givesWay === true,
    async work({ name, work = forEver, signal, onProgress }) {
      events.push(`${name} begins`);
      onProgress(1);
      try {
        await work(signal);
        return 2;
      } finally {
        events.push(`${name} ends`);
      }
    },
  });
  return { ...made, events, seen };
}

test('a run is told of while it goes on and at its end', async () => {
  const made = runs();
  assert.equal(made.latest(), undefined);
  const { run, ended } = made.start({ name: 'a', work: async () => {} });
  assert.deepEqual([run.state.status, run.progress], ['RUNNING', 0]);
  const done = await ended;
  assert.deepEqual(done, { ...run, progress: 2, state: { status: 'COMPLETE', endedAt: 1 } });
  assert.equal(made.latest(), done);
  assert.deepEqual(made.seen, [done]);
});

test('a second one is refused while the first goes on, and begins after it was ended', async () => {
  const made = runs();
  const { run } = made.start({ name: 'a' });
  for (const givesWay of [{}, { givesWay: true }] as const)
    assert.throws(() => made.start({ name: 'b', ...givesWay }), conflict);
  const ended = await made.end();
  assert.deepEqual([ended?.id, ended?.state.status], [run.id, 'STOPPED']);
  assert.equal(await made.end(), ended);
  made.start({ name: 'b' });
  await made.end();
});

test('one that gives way ends before the other one begins', async () => {
  const made = runs();
  const slowly = async (signal: AbortSignal): Promise<void> => {
    await forEver(signal).catch(() => setTimeout(20));
    signal.throwIfAborted();
  };
  const first = made.start({ name: 'a', givesWay: true, work: slowly });
  await setTimeout(1);
  assert.throws(() => made.start({ name: 'b', givesWay: true }), conflict);
  const second = made.start({ name: 'c' });
  assert.equal((await first.ended).state.status, 'STOPPED');
  assert.equal(made.latest()?.id, second.run.id);
  await setTimeout(1);
  await made.end();
  assert.deepEqual(made.events, ['a begins', 'a ends', 'c begins', 'c ends']);
  assert.deepEqual(
    made.seen.map(({ options }) => options.name),
    ['a', 'c'],
  );
});

test('what fails has its error, also when it fails while it is ended', async () => {
  const error = new Error('broken');
  const made = runs();
  const failed = await made.start({ name: 'a', work: () => Promise.reject(error) }).ended;
  assert.deepEqual(failed.state, { status: 'FAILED', endedAt: 1, error });
  made.start({ name: 'b', work: (signal) => forEver(signal).catch(() => Promise.reject(error)) });
  await setTimeout(1);
  assert.deepEqual((await made.end())?.state, { status: 'FAILED', endedAt: 1, error });
});

test('none begins after the stop', async () => {
  const made = runs();
  made.start({ name: 'a' });
  await made.stop();
  assert.equal(made.latest()?.state.status, 'STOPPED');
  assert.throws(() => made.start({ name: 'b' }), conflict);
});
