// The audit log on a real file system: what was written is found unchanged, and whatever is done to it shows.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HeadKey } from '../../src/adapters/audit/head.ts';
import { AuditLog, type AuditLogEvent, type AuditLogOptions } from '../../src/adapters/audit/log.ts';
import { verifyAuditLog } from '../../src/adapters/audit/verify.ts';

const key: HeadKey = { id: '0123456789abcdef', key: randomBytes(32) };
const quiet = { keys: () => [key], now: () => Date.now(), onEvent: () => {} };

function temporary(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'sealport-audit-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function written(
  t: TestContext,
  count: number,
  options: Partial<AuditLogOptions> = {},
): Promise<string> {
  const directory = temporary(t);
  const log = await AuditLog.open({ ...quiet, directory, ...options });
  for (let n = 0; n < count; n += 1) await log.append(`"event":{"n":${n}}`, true);
  await log.close();
  return directory;
}

const segment = (directory: string, number = 1) =>
  join(directory, `${String(number).padStart(6, '0')}.jsonl`);
const linesOf = (path: string) => readFileSync(path, 'utf8').trimEnd().split('\n');
const check = (directory: string) => verifyAuditLog({ directory, keys: [key] });

async function problemOf(directory: string): Promise<string> {
  const { problem } = await check(directory);
  assert.ok(problem !== undefined, 'the verification found nothing');
  return `${problem.sequence}: ${problem.what}`;
}

describe('a log that nobody touched', () => {
  test('verifies, over restarts too, for its owner only', async (t) => {
    const directory = await written(t, 5);
    const log = await AuditLog.open({ ...quiet, directory });
    await Promise.all(Array.from({ length: 100 }, (_, n) => log.append(`"event":{"n":${n}}`, true)));
    await log.close();
    const result = await check(directory);
    assert.equal(result.problem, undefined);
    // A segment's opening, two starts, the events.
    assert.equal(result.records, 1 + 2 + 105);
    assert.equal(result.last.sequence, result.records);
    assert.equal(result.beyondHead, 0);
    for (const name of readdirSync(directory))
      assert.equal(statSync(join(directory, name)).mode & 0o777, 0o600, name);
    assert.equal(statSync(directory).mode & 0o077, 0);
  });

  test('verifies while it is written', async (t) => {
    const directory = temporary(t);
    const log = await AuditLog.open({ ...quiet, directory, segmentBytes: 20_000 });
    const stop = new AbortController();
    const writing = (async () => {
      for (let n = 0; !stop.signal.aborted; n += 1)
        await log.append(`"event":{"n":${n},"pad":"${'x'.repeat(500)}"}`, true);
    })();
    while (readdirSync(directory).length < 5) assert.equal((await check(directory)).problem, undefined);
    stop.abort();
    await writing;
    await log.close();
    assert.equal((await check(directory)).problem, undefined);
  });

  test('has what nobody waited for a second later, and at the end', async (t) => {
    const directory = temporary(t);
    const log = await AuditLog.open({ ...quiet, directory });
    await log.append('"event":{"n":1}', false);
    assert.equal(linesOf(segment(directory)).length, 2);
    await new Promise((resolve) => setTimeout(resolve, 1300));
    assert.equal(linesOf(segment(directory)).length, 3);
    await log.append('"event":{"n":2}', false);
    await log.close();
    assert.equal(linesOf(segment(directory)).length, 4);
    await assert.rejects(log.append('"event":{}', true), /cannot be written/);
  });
});

describe('what was done to a log shows', () => {
  test('any byte that was changed', async (t) => {
    const directory = await written(t, 6);
    const path = segment(directory);
    const bytes = readFileSync(path);
    for (let at = 0; at < bytes.length; at += 7) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      writeFileSync(path, changed);
      assert.notEqual((await check(directory)).problem, undefined, `byte ${at}`);
    }
    writeFileSync(path, bytes);
    assert.equal((await check(directory)).problem, undefined);
  });

  test('a record that was removed, moved or put in', async (t) => {
    const directory = await written(t, 6);
    const path = segment(directory);
    const lines = linesOf(path);
    const store = (changed: readonly string[]) => writeFileSync(path, `${changed.join('\n')}\n`);
    for (let at = 0; at < lines.length; at += 1) {
      store(lines.toSpliced(at, 1));
      assert.match(await problemOf(directory), new RegExp(`^${at + 1}: `), `without line ${at + 1}`);
      store(lines.toSpliced(at, 0, lines[at] ?? ''));
      assert.notEqual((await check(directory)).problem, undefined, `line ${at + 1} twice`);
    }
    store([...lines.slice(0, 3), ...lines.slice(4, 5), ...lines.slice(3, 4), ...lines.slice(5)]);
    assert.match(await problemOf(directory), /^4: record 4 is missing/);
  });

  test('an end that was cut off, by lines or by files', async (t) => {
    const directory = await written(t, 60, { segmentBytes: 2000 });
    const segments = readdirSync(directory)
      .filter((name) => name.endsWith('.jsonl'))
      .toSorted();
    assert.ok(segments.length >= 3);
    const last = join(directory, segments.at(-1) ?? '');
    const whole = readFileSync(last);
    const lines = linesOf(last);
    writeFileSync(last, `${lines.slice(0, -1).join('\n')}\n`);
    assert.match(await problemOf(directory), /missing from the end/);
    rmSync(last);
    assert.match(await problemOf(directory), /missing from the end/);
    writeFileSync(last, whole);
    assert.equal((await check(directory)).problem, undefined);
    rmSync(join(directory, segments[1] ?? ''));
    assert.match(await problemOf(directory), /segments 2 to 2 are missing/);
  });

  test('a beginning that was taken away', async (t) => {
    const directory = await written(t, 60, { segmentBytes: 2000 });
    rmSync(segment(directory, 1));
    assert.match(await problemOf(directory), /^1: records 1 to \d+ are missing/);
  });

  test('another log in its place, whole but without its key', async (t) => {
    const directory = await written(t, 3, { keys: () => [{ id: key.id, key: randomBytes(32) }] });
    assert.match(await problemOf(directory), /not made under this master key/);
    // Without a key only the chain is looked at.
    assert.equal((await verifyAuditLog({ directory, keys: undefined })).problem, undefined);
  });

  test('a log that was written anew under an old head', async (t) => {
    const directory = await written(t, 3);
    const forged = await written(t, 30);
    writeFileSync(segment(directory), readFileSync(segment(forged)));
    assert.match(await problemOf(directory), /are not the ones that were written/);
  });

  test('a head that was removed', async (t) => {
    const directory = await written(t, 3);
    rmSync(join(directory, 'head'));
    assert.match(await problemOf(directory), /the head is missing/);
  });
});

describe('a start', () => {
  test('cuts off a torn last line, keeps it apart and says so', async (t) => {
    const directory = await written(t, 3);
    appendFileSync(segment(directory), '{"sequence":6,"previous":"ab');
    const before = await check(directory);
    assert.equal(before.problem, undefined);
    assert.equal(before.unfinishedBytes, 28);
    await (await AuditLog.open({ ...quiet, directory })).close();
    const { problem, notes } = await check(directory);
    assert.equal(problem, undefined);
    assert.equal(notes.length, 1);
    const note = notes[0]?.note;
    assert.ok(note?.kind === 'Recovered');
    assert.equal(note.cutBytes, 28);
    assert.equal(readFileSync(join(directory, note.keptAs), 'utf8'), '{"sequence":6,"previous":"ab');
  });

  test('goes on behind records that came after the head', async (t) => {
    const directory = await written(t, 3);
    const head = readFileSync(join(directory, 'head'));
    const log = await AuditLog.open({ ...quiet, directory });
    await log.append('"event":{"n":3}', true);
    await log.close();
    // As after a power cut that the head did not survive.
    writeFileSync(join(directory, 'head'), head);
    assert.equal((await check(directory)).beyondHead, 2);
    await (await AuditLog.open({ ...quiet, directory })).close();
    const { problem, records, beyondHead } = await check(directory);
    assert.equal(problem, undefined);
    assert.equal(records, 1 + 3 + 3 + 1);
    assert.equal(beyondHead, 0);
  });

  for (const [what, harm] of [
    ['its end was cut off', (path: string) => truncateSync(path, statSync(path).size - 40)],
    ['it is gone', (path: string) => rmSync(path)],
    [
      'a record before the head was changed',
      (path: string) => writeFileSync(path, readFileSync(path, 'utf8').replace('"n":2', '"n":7')),
    ],
  ] as const)
    test(`notes for ever that the log was broken when ${what}`, async (t) => {
      const directory = await written(t, 3);
      harm(segment(directory));
      const events: AuditLogEvent[] = [];
      const log = await AuditLog.open({ ...quiet, directory, onEvent: (event) => events.push(event) });
      await log.append('"event":{"n":3}', true);
      await log.close();
      assert.ok(events.some((event) => event.kind === 'noted' && event.note.kind === 'Broken'));
      assert.notEqual((await check(directory)).problem, undefined);
    });

  test('begins again after a crash while a segment was begun', async (t) => {
    const directory = await written(t, 3);
    writeFileSync(segment(directory, 2), '{"sequ');
    const log = await AuditLog.open({ ...quiet, directory });
    await log.append('"event":{"n":3}', true);
    await log.close();
    const { problem, segments } = await check(directory);
    assert.equal(problem, undefined);
    assert.equal(segments, 2);
  });
});

test('old segments go when there is more than is to be kept, and the log says so', async (t) => {
  const directory = await written(t, 400, { maxBytes: 20_000, segmentBytes: 4000 });
  const segments = readdirSync(directory).filter((name) => name.endsWith('.jsonl'));
  const bytes = segments.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
  assert.ok(bytes <= 20_000 + 4000, `${bytes} bytes are left`);
  assert.ok(!segments.includes('000001.jsonl'));
  const { problem, first, notes } = await check(directory);
  assert.equal(problem, undefined);
  assert.ok(first > 1);
  assert.ok(notes.some(({ note }) => note.kind === 'Retired' && note.through === first - 1));
});

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
  assert.equal(full.records, 2 + seen.taken);
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

for (const sync of ['second', 'always'] as const)
  test(`what somebody waited for is there when the process is killed, synced ${sync}`, async (t) => {
    const directory = temporary(t);
    const script = `
      import { AuditLog } from ${JSON.stringify(new URL('../../src/adapters/audit/log.ts', import.meta.url).href)};
      const log = await AuditLog.open({ directory: ${JSON.stringify(directory)}, sync: '${sync}', now: () => Date.now(),
        keys: () => [{ id: 'k', key: Buffer.alloc(32, 7) }], onEvent: () => {} });
      await Promise.all(Array.from({ length: 100 }, (_, n) => log.append('"event":{"n":' + n + '}', true)));
      process.kill(process.pid, 'SIGKILL');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
    await new Promise((resolve) => child.once('close', resolve));
    const keys = [{ id: 'k', key: Buffer.alloc(32, 7) }];
    const killed = await verifyAuditLog({ directory, keys });
    assert.deepEqual([killed.problem, killed.records, killed.unfinishedBytes], [undefined, 102, 0]);
    // The head is behind by then; the next start goes on from the last record.
    const log = await AuditLog.open({ ...quiet, directory, keys: () => keys });
    await log.close();
    assert.equal((await verifyAuditLog({ directory, keys })).records, 103);
  });
