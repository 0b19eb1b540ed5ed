// The audit log on a real file system: what was written is found unchanged, also after a crash, and beside who writes.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { AuditLog, type AuditLogEvent } from '../../src/adapters/audit/log.ts';
import { verifyAuditLog } from '../../src/adapters/audit/verify.ts';
import { check, linesOf, quiet, segment, temporary, written } from '../helpers/audit-log.ts';

describe('a log that nobody touched', () => {
  test('verifies, over restarts too, for its owner only', async (t) => {
    const directory = await written(t, 5);
    const log = await AuditLog.open({ ...quiet, directory });
    await Promise.all(Array.from({ length: 100 }, (_, n) => log.append(`"event":{"n":${n}}`, true)));
    await log.close();
    const result = await check(directory);
    assert.equal(result.problem, undefined);
    // A segment's opening, two starts, the events, and for each start and each end a seal.
    assert.equal(result.records, 1 + 2 + 105 + 4);
    assert.deepEqual(result.sealed, { from: 3, through: result.records });
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
    const events = () => linesOf(segment(directory)).filter((line) => line.includes('"event"')).length;
    const log = await AuditLog.open({ ...quiet, directory });
    await log.append('"event":{"n":1}', false);
    assert.equal(events(), 0);
    await new Promise((resolve) => setTimeout(resolve, 1300));
    assert.equal(events(), 1);
    await log.append('"event":{"n":2}', false);
    await log.close();
    assert.equal(events(), 2);
    await assert.rejects(log.append('"event":{}', true), /cannot be written/);
    await assert.rejects(log.append('"event":{}', false), /cannot be written/);
    assert.equal((await check(directory)).beyondHead, 0);
  });

  test('has a seal a second after a record, and among many records', async (t) => {
    const directory = temporary(t);
    const log = await AuditLog.open({ ...quiet, directory });
    for (let n = 0; n < 3000; n += 1) await log.append(`"event":{"n":${n}}`, false);
    await log.append('"event":{}', true);
    const seals = () => linesOf(segment(directory)).filter((line) => line.includes('"kind":"Sealed"')).length;
    assert.equal(seals(), 1 + 2, 'one after the start, one after each 1,024 records');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.equal(seals(), 1 + 2 + 1);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.equal(seals(), 1 + 2 + 1, 'none without records');
    await log.close();
    assert.equal((await check(directory)).problem, undefined);
  });
});

describe('a start', () => {
  test('cuts off a torn last line, keeps it apart and says so', async (t) => {
    const directory = await written(t, 3);
    appendFileSync(segment(directory), '{"sequence":8,"previous":"ab');
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
    assert.equal(readFileSync(join(directory, note.keptAs), 'utf8'), '{"sequence":8,"previous":"ab');
  });

  test('cuts off one torn line after the other, the shorter after the longer', async (t) => {
    const directory = await written(t, 3);
    for (const torn of [`{"sequence":8,"previous":"${'ab'.repeat(300)}`, '{"seq']) {
      const before = linesOf(segment(directory));
      appendFileSync(segment(directory), torn);
      await (await AuditLog.open({ ...quiet, directory })).close();
      assert.deepEqual(linesOf(segment(directory)).slice(0, before.length), before);
      for (const line of linesOf(segment(directory))) assert.doesNotThrow(() => JSON.parse(line), line);
    }
    const { problem, notes, unfinishedBytes } = await check(directory);
    assert.deepEqual([problem, unfinishedBytes], [undefined, 0]);
    assert.deepEqual(
      notes.map(({ note }) => note.kind === 'Recovered' && note.cutBytes),
      [626, 5],
    );
  });

  test('goes on behind records that came after the head', async (t) => {
    const directory = await written(t, 3);
    const log = await AuditLog.open({ ...quiet, directory });
    const head = readFileSync(join(directory, 'head'));
    await log.append('"event":{"n":3}', true);
    await log.append('"event":{"n":4}', true);
    const stored = readFileSync(segment(directory));
    await log.close();
    // As after a kill before the next seal, or a power cut that later heads did not survive.
    writeFileSync(join(directory, 'head'), head);
    writeFileSync(segment(directory), stored);
    assert.equal((await check(directory)).beyondHead, 2);
    const before = linesOf(segment(directory)).length;
    await (await AuditLog.open({ ...quiet, directory })).close();
    const { problem, records, beyondHead, notes } = await check(directory);
    assert.equal(problem, undefined);
    assert.equal(records, before + 3, 'a note, the start, a seal');
    assert.equal(beyondHead, 0);
    assert.deepEqual(
      notes.map(({ note }) => (note.kind === 'Unsealed' ? [note.from, note.through] : note.kind)),
      [[before - 1, before]],
    );
  });

  for (const [what, harm] of [
    ['its end was cut off', (path: string) => truncateSync(path, statSync(path).size - 600)],
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
    assert.deepEqual([killed.problem, killed.records, killed.unfinishedBytes], [undefined, 103, 0]);
    // The head is behind by then; the next start goes on from the last record.
    const log = await AuditLog.open({ ...quiet, directory, keys: () => keys });
    await log.close();
    assert.equal((await verifyAuditLog({ directory, keys })).records, 106);
  });
