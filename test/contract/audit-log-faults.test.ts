// A disk that takes nothing, or does not answer: nobody waits for ever, nothing is lost that there is room for, and the log
// goes on when it can.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuditLog, type AuditLogEvent, type AuditLogOptions } from '../../src/adapters/audit/log.ts';
import { verifyAuditLog } from '../../src/adapters/audit/verify.ts';
import { check, linesOf, quiet, segment, temporary } from '../helpers/audit-log.ts';

test('a disk that takes no more refuses who waits, keeps the records, and goes on when it can', async (t) => {
  const directory = temporary(t);
  // A limit on the size of files is a disk that is full in the middle of a write, without needing one.
  const script = `
    import { AuditLog } from ${JSON.stringify(new URL('../../src/adapters/audit/log.ts', import.meta.url).href)};
    const key = { id: 'k', key: Buffer.alloc(32, 7) };
    let failing = 0;
    const log = await AuditLog.open({ directory: ${JSON.stringify(directory)}, keys: () => [key], now: () => Date.now(),
      onEvent: (event) => { if (event.kind === 'failing') failing += 1; } });
    let taken = 0, refused = 0;
    for (let n = 0; n < 60; n += 1)
      await log.append('"event":{"n":' + n + ',"pad":"' + 'x'.repeat(200) + '"}', true)
        .then(() => { taken += 1; }, (error) => { if (error.code === 'StorageUnavailable') refused += 1; });
    console.log(JSON.stringify({ taken, refused, failing, fault: log.fault !== undefined }));
    process.kill(process.pid, 'SIGKILL');`;
  const child = spawn(
    'bash',
    ['-c', 'ulimit -f 8; exec "$0" --input-type=module -e "$1"', process.execPath, script],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  await new Promise((resolve) => child.once('close', resolve));
  assert.match(output, /^\{/, errors);
  const seen = JSON.parse(output) as { taken: number; refused: number; failing: number; fault: boolean };
  assert.ok(seen.taken > 5, output);
  assert.equal(seen.taken + seen.refused, 60);
  assert.ok(seen.refused > 5 && seen.fault && seen.failing === 1, output);

  // What was told to be durable is there, and nothing half written is.
  const keys = [{ id: 'k', key: Buffer.alloc(32, 7) }];
  const full = await verifyAuditLog({ directory, keys });
  assert.equal(full.problem, undefined);
  assert.equal(full.unfinishedBytes, 0);
  const events = linesOf(segment(directory)).filter((line) => line.includes('"event"'));
  assert.equal(events.length, seen.taken);
  // There is room again.
  const log = await AuditLog.open({ ...quiet, directory, keys: () => keys });
  await log.append('"event":{"n":60}', true);
  await log.close();
  assert.equal((await verifyAuditLog({ directory, keys })).problem, undefined);
});

test('goes on by itself when the disk takes records again, however many wait by then', async (t) => {
  const directory = join(temporary(t), 'audit');
  const log = await AuditLog.open({ ...quiet, directory, segmentBytes: 100_000 });
  t.after(() => log.close());
  renameSync(directory, `${directory}-away`);
  const pad = 'x'.repeat(500);
  for (let n = 0; n < 2000; n += 1) await log.append(`"event":{"n":${n},"pad":"${pad}"}`, false);
  for (let waited = 0; log.fault === undefined && waited < 500; waited += 1) await sleep(10);
  assert.notEqual(log.fault, undefined);
  renameSync(`${directory}-away`, directory);
  for (let waited = 0; log.fault !== undefined && waited < 1000; waited += 1) await sleep(10);
  assert.equal(log.fault, undefined);
  await log.close();
  const { problem, records } = await check(directory);
  assert.equal(problem, undefined);
  assert.ok(records >= 2000, String(records));
});

const MIB = 1024 * 1024;

/** Opens a log whose folder can be taken away, so that no new file can be made: each write needs one. */
async function openFragile(t: TestContext, options: Partial<AuditLogOptions> = {}) {
  const directory = join(temporary(t), 'audit');
  const events: AuditLogEvent[] = [];
  const log = await AuditLog.open({
    ...quiet,
    directory,
    segmentBytes: 1,
    onEvent: (event) => events.push(event),
    ...options,
  });
  t.after(() => log.close());
  return {
    directory,
    log,
    kinds: () => events.map(({ kind }) => kind),
    events,
    takeAway: () => renameSync(directory, `${directory}-away`),
    bringBack: () => renameSync(`${directory}-away`, directory),
  };
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let waited = 0; waited < 1500; waited += 1) {
    if (holds()) return;
    await sleep(10);
  }
  assert.fail(what);
}

const storedEvents = (directory: string): unknown[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.jsonl'))
    .toSorted()
    .flatMap((name) => linesOf(join(directory, name)))
    .flatMap((line) => (JSON.parse(line) as { readonly event?: unknown }).event ?? []);

test('a batch that failed is written once, in its order, before what came after it', async (t) => {
  const { directory, log, takeAway, bringBack, kinds } = await openFragile(t);
  takeAway();
  const refused = await Promise.allSettled([0, 1, 2].map((n) => log.append(`"event":{"n":${n}}`, true)));
  assert.ok(refused.every(({ status }) => status === 'rejected'));
  await assert.rejects(log.append('"event":{"n":3}', true), { code: 'StorageUnavailable' });
  await log.append('"event":{"n":4}', false);
  assert.deepEqual(kinds(), ['failing']);
  bringBack();
  await until('it does not go on', () => log.fault === undefined);
  await log.append('"event":{"n":5}', true);
  await log.close();
  assert.deepEqual(
    storedEvents(directory),
    [0, 1, 2, 3, 4, 5].map((n) => ({ n })),
  );
  assert.deepEqual(kinds(), ['failing', 'writing-again']);
  assert.equal((await check(directory)).problem, undefined);
});

test('a new file that failed in the middle is begun again, without a hole', async (t) => {
  const directory = temporary(t);
  let left = Number.POSITIVE_INFINITY;
  const log = await AuditLog.open({
    ...quiet,
    directory,
    segmentBytes: 5000,
    sync: 'always',
    force: async (file) => {
      left -= 1;
      if (left < 0) throw new Error('EIO');
      await file.datasync();
    },
  });
  const append = () => log.append(`"event":{"pad":"${'x'.repeat(1000)}"}`, true);
  while (statSync(segment(directory)).size < 5000) await append();
  // The seal at the end of the old file, and that file before the new one is begun; then no more.
  left = 2;
  await assert.rejects(append(), { code: 'StorageUnavailable' });
  assert.equal(statSync(segment(directory, 2)).size, 0);
  left = Number.POSITIVE_INFINITY;
  await until('it does not go on', () => log.fault === undefined);
  await log.close();
  const { problem, unfinishedBytes, segments } = await check(directory);
  assert.deepEqual([problem, unfinishedBytes, segments], [undefined, 0, 2]);
});

test('what waits has a bound, and what is lost beyond it is counted once', async (t) => {
  const { directory, log, takeAway, bringBack, events } = await openFragile(t);
  takeAway();
  const pad = 'x'.repeat(60_000);
  const count = 400;
  for (let n = 0; n < count; n += 1) await log.append(`"event":{"n":${n},"pad":"${pad}"}`, false);
  await until('it does not fail', () => log.fault !== undefined);
  await assert.rejects(log.append(`"event":{"pad":"${pad}"}`, true), { code: 'StorageUnavailable' });
  bringBack();
  await until('it does not go on', () => log.fault === undefined);
  await log.close();
  const kept = storedEvents(directory).length;
  assert.ok(kept * 60_000 <= 16 * MIB && kept * 60_000 > 15 * MIB, `${kept} kept`);
  const { problem, notes } = await check(directory);
  assert.equal(problem, undefined);
  const lost = notes.flatMap(({ note }) => (note.kind === 'Lost' ? [note.count] : []));
  assert.deepEqual(lost, [count + 1 - kept]);
  const told = events.flatMap((event) => (event.kind === 'writing-again' ? [event.lostRecords] : []));
  assert.deepEqual(told, lost);
});

test('a settling that failed is tried again, and refuses changes meanwhile', async (t) => {
  const directory = temporary(t);
  let refuses = false;
  const kinds: string[] = [];
  const log = await AuditLog.open({
    ...quiet,
    directory,
    force: async (file) => {
      if (refuses) throw new Error('EIO');
      await file.datasync();
    },
    onEvent: ({ kind }) => kinds.push(kind),
  });
  const head = readFileSync(join(directory, 'head'));
  refuses = true;
  await log.append('"event":{"n":1}', true);
  await until('it does not fail', () => log.fault !== undefined);
  await assert.rejects(log.append('"event":{"n":2}', true), { code: 'StorageUnavailable' });
  await sleep(1200);
  assert.deepEqual(readFileSync(join(directory, 'head')), head, 'no head is ahead of the disk');
  assert.deepEqual(kinds, ['failing']);
  refuses = false;
  await until('it does not go on', () => log.fault === undefined);
  assert.deepEqual(kinds, ['failing', 'writing-again']);
  await log.append('"event":{"n":3}', true);
  await log.close();
  assert.deepEqual(storedEvents(directory), [{ n: 1 }, { n: 2 }, { n: 3 }]);
  assert.equal((await check(directory)).problem, undefined);
});

for (const name of ['000001.jsonl', 'head'])
  test(`a ${name} that was replaced while it is in use is told, and put back it serves again`, async (t) => {
    const directory = temporary(t);
    const log = await AuditLog.open({ ...quiet, directory });
    const path = join(directory, name);
    renameSync(path, `${path}-away`);
    copyFileSync(`${path}-away`, path);
    await log.append('"event":{"n":1}', true);
    await until('it does not notice', () => log.fault !== undefined);
    rmSync(path);
    renameSync(`${path}-away`, path);
    await until('it does not go on', () => log.fault === undefined);
    await log.close();
    assert.equal((await check(directory)).problem, undefined);
  });

for (const sync of ['second', 'always'] as const)
  test(`a disk that does not answer holds nobody, synced ${sync}, nor the end`, async (t) => {
    const directory = temporary(t);
    const answers = Promise.withResolvers<void>();
    let hangs = false;
    const kinds: string[] = [];
    const log = await AuditLog.open({
      ...quiet,
      directory,
      sync,
      lateMs: 300,
      force: async (file) => {
        if (hangs) await answers.promise;
        await file.datasync();
      },
      onEvent: ({ kind }) => kinds.push(kind),
    });
    hangs = true;
    const first = log.append('"event":{"n":1}', true);
    if (sync === 'second') await first;
    else await assert.rejects(first, { code: 'StorageUnavailable' });
    await until('it does not notice', () => log.fault !== undefined);
    await assert.rejects(log.append('"event":{"n":2}', true), { code: 'StorageUnavailable' });
    if (sync === 'second') {
      const begun = performance.now();
      await log.close();
      assert.ok(performance.now() - begun < 5000);
      assert.deepEqual(kinds, ['failing', 'failing']);
      answers.resolve();
      return;
    }
    answers.resolve();
    hangs = false;
    await until('it does not go on', () => log.fault === undefined);
    await log.append('"event":{"n":3}', true);
    await log.close();
    assert.deepEqual(storedEvents(directory), [{ n: 1 }, { n: 2 }, { n: 3 }], 'each once');
    assert.equal((await check(directory)).problem, undefined);
  });

test('a database that takes no mark holds nothing up and is told once', async (t) => {
  const directory = temporary(t);
  const kinds: string[] = [];
  const marks = { find: async () => undefined, put: async () => Promise.reject(new Error('full')) };
  const log = await AuditLog.open({ ...quiet, directory, marks, onEvent: ({ kind }) => kinds.push(kind) });
  for (let n = 0; n < 3; n += 1) {
    await log.append(`"event":{"n":${n}}`, true);
    await sleep(1100);
  }
  await log.close();
  assert.deepEqual(kinds, ['no-mark']);
  // Nothing was noted that the database may not have.
  assert.equal((await check(directory, marks)).problem, undefined);
});

test('settling while files follow one another is no fault', async (t) => {
  const directory = temporary(t);
  const log = await AuditLog.open({
    ...quiet,
    directory,
    segmentBytes: 500,
    onEvent: (event) => assert.fail(JSON.stringify(event)),
  });
  const isOver = new AbortController();
  const settling = (async () => {
    while (!isOver.signal.aborted) await log.renewHead();
  })();
  for (let n = 0; n < 200; n += 1) await log.append(`"event":{"n":${n}}`, true);
  isOver.abort();
  await settling;
  await log.close();
  assert.equal((await check(directory)).problem, undefined);
});
